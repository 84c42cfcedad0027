# Runs as root in a mount namespace of its own, which ends with this process: shows the server's user the few folders it
# needs below folders that it cannot enter, at the paths that everyone knows, and hands over. Nothing on disk changes,
# nobody else sees the mounts, and what else lies in the closed folder stays hidden.
#
# A closed folder is covered by an empty one in memory that may be entered; the needed folders are mounted back into it.
#
# enter.sh CHECKOUT DATA-FOLDER CLIP USER PLACE COMMAND...; empty where there is none
set -eu
root=$1 data=$2 clip=$3 user=$4 place=$5
shift 5
command=$1
. "$root/deploy/launcher/tools.sh"
. "$root/deploy/launcher/user.sh"
here=$(pwd)
mask=$(umask)
umask 022

cannot() { fail "the folders that the user $user cannot enter could not be shown to it: $1 could not be mounted"; }

# stage NAME PATH: keeps a way to a folder or file that will be covered
stage() {
  if [ -d "$2" ]; then mkdir "$staging/$1"; else : >"$staging/$1"; fi
  mount --rbind "$2" "$staging/$1" || cannot "$2"
}

# mount_back FROM TO: TO need not exist
mount_back() {
  if [ -L "$1" ]; then
    cp -P "$1" "$2"
    return 0
  fi
  if [ -d "$1" ]; then mkdir -p "$2"
  else
    mkdir -p "$(dirname "$2")"
    : >"$2"
  fi
  mount --rbind "$1" "$2" || cannot "$2"
}

# reveal NAME PATH: several folders of a path may be closed, one below the other, and the last may be its own end
reveal() {
  while :; do
    closed=$(closed_folder "$2")
    if [ -n "$closed" ]; then
      mount -t tmpfs -o mode=0755,size=8m,nosuid,nodev airdate "$closed" || cannot "$closed"
    fi
    if [ "$closed" = "$2" ]; then
      # it is the folder itself that is closed: what it holds is shown piece by piece
      for entry in "$staging/$1"/* "$staging/$1"/.[!.]* "$staging/$1"/..?*; do
        if [ -e "$entry" ] || [ -L "$entry" ]; then mount_back "$entry" "$2/${entry##*/}"; fi
      done
      return 0
    fi
    if [ -e "$2" ]; then return 0; fi
    mount_back "$staging/$1" "$2"
  done
}

staging=$(mktemp -d)
mount -t tmpfs -o mode=0700,size=1m airdate "$staging" || cannot "$staging"
stage code "$root"
[ ! -e "$data" ] || stage data "$data"
[ -z "$clip" ] || [ ! -e "$clip" ] || stage clip "$clip"

reveal code "$root"
if [ -e "$staging/data" ]; then reveal data "$data"; fi
if [ -e "$staging/clip" ]; then reveal clip "$clip"; fi
umount -l "$staging"
rmdir "$staging"

# relative paths on the command line begin where the caller stands
mkdir -p "$here" 2>/dev/null || :
cd "$here" 2>/dev/null || cd /
umask "$mask"
can_use_all || fail "the user $user may not read $root, or what it needs in it: make it readable for others (chmod -R o+rX)"
hand_over "$@"

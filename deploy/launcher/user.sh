# Started as root, Airdate works as another user. Sourced by ../../airdate, which sets `root`, `command` and `place`.

SERVICE_USER='airdate'

# The value of an option on the command line, as --name VALUE or --name=VALUE; the last one counts.
option_value() {
  name=$1
  shift
  value=''
  while [ $# -gt 0 ]; do
    case $1 in
      --) break ;;
      "$name") [ $# -gt 1 ] && value=$2 && shift ;;
      "$name"=*) value=${1#"$name"=} ;;
    esac
    shift
  done
  printf '%s' "$value"
}

# An absolute path without symbolic links, for a thing that need not be there.
real_path() { realpath -m -- "$1"; }

ensure_service_user() {
  if id -u "$SERVICE_USER" >/dev/null 2>&1; then return 0; fi
  say "making the system user $SERVICE_USER, as which the server runs"
  quietly useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$SERVICE_USER" ||
    fail "the system user $SERVICE_USER could not be made; see above"
}

# Sets `user` and `data`: who the command runs as and the folder it works in (empty: none).
choose_user_and_folder() {
  data=''
  user=$SERVICE_USER
  if [ "$place" = temporary ]; then
    ensure_service_user
    return 0
  fi
  data=$(option_value --data "$@")
  data=$(real_path "${data:-$root/.airdate}")
  if [ ! -e "$data" ]; then
    ensure_service_user
    if [ "$place" = data-if-there ]; then return 0; fi
    mkdir -p -- "$(dirname -- "$data")" && mkdir -m 0700 -- "$data" && chown "$SERVICE_USER:" -- "$data" ||
      fail "the data folder $data cannot be made"
    return 0
  fi
  [ -d "$data" ] || fail "the data folder $data is not a folder"
  owner=$(stat -c %u -- "$data")
  if [ "$owner" -ne 0 ]; then
    # whoever made the folder goes on working in it
    user=$(id -un "$owner" 2>/dev/null) || fail "the data folder $data belongs to the user number $owner, whom this system does not know"
    [ "$user" != nobody ] || fail "the data folder $data belongs to nobody: give it to $SERVICE_USER"
    return 0
  fi
  ensure_service_user
  if [ "$place" = data-if-there ]; then return 0; fi
  if [ -e "$data/VERSION" ]; then
    fail "the data folder $data belongs to root: give it back to the server with chown -R $SERVICE_USER: $data"
  fi
  [ -z "$(ls -A -- "$data")" ] ||
    fail "$data is not empty and no data folder of Airdate: name another with --data"
  say "giving the empty data folder $data to the user $SERVICE_USER"
  chown "$SERVICE_USER:" -- "$data"
}

# Runs a command as `user`, who cannot gain privileges again.
as_user() {
  setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --inh-caps=-all --no-new-privs -- "$@"
}

# Replaces this process by the command, run as the service user.
run_as_airdate() {
  for tool in setpriv unshare mount realpath useradd; do
    have "$tool" || install_packages "$tool" util-linux mount coreutils passwd
  done
  choose_user_and_folder "$@"
  # a demo is given a clip or a script, not both
  clip=$(option_value --file "$@")
  [ -n "$clip" ] || clip=$(option_value --script "$@")
  [ "$command" = demo ] || clip=''
  [ -z "$clip" ] || clip=$(real_path "$clip")

  # settings that only root may read go over as an open file, which the server closes at once
  if [ -f "$root/.env" ] && ! as_user test -r "$root/.env"; then
    exec 7<"$root/.env"
    export AIRDATE_ENV_FD=7
  fi
  if as_user test -w "${TMPDIR:-/tmp}"; then :; else unset TMPDIR; fi
  export HOME=/nonexistent USER="$user" LOGNAME="$user"

  if can_use_all; then
    hand_over "$@"
  fi
  unshare --mount --propagation private true 2>/dev/null ||
    fail "the user $user cannot enter $(closed_folder), and this machine allows no private mounts to show it the way: move the folder, or start as another user than root"
  exec unshare --mount --propagation private -- \
    sh "$root/deploy/launcher/enter.sh" "$root" "$data" "$clip" "$user" "$place" "$@"
}

# Whether the user reaches the checkout, the data folder and the clip as they lie.
can_use_all() {
  as_user test -r "$root/server/main.ts" -a -r "$root/package.json" || return 1
  [ ! -e "$root/node_modules" ] || as_user test -x "$root/node_modules" || return 1
  [ ! -e "$data" ] || as_user test -x "$data" || return 1
  [ -z "$clip" ] || [ ! -e "$clip" ] || as_user test -r "$clip"
}

# The first folder on a path (default: on any that is needed) that the user cannot enter; empty when there is none.
closed_folder() {
  for path in "${1:-$root}" "${1:-$data}" "${1:-$clip}"; do
    step=''
    rest=${path#/}
    while [ -n "$rest" ]; do
      step="$step/${rest%%/*}"
      case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
      if [ -d "$step" ] && ! as_user test -x "$step"; then
        printf '%s' "$step"
        return 0
      fi
    done
  done
}

# Replaces this process by the server. Tests and measurements get a throw-away home, so there this shell stays to clean up.
hand_over() {
  find_node as_user test -x
  if [ "$place" != temporary ]; then
    exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --inh-caps=-all --no-new-privs -- \
      "$node" --disable-warning=ExperimentalWarning "$root/server/main.ts" "$@"
  fi
  HOME=$(mktemp -d "${TMPDIR:-/tmp}/airdate-$command.XXXXXX")
  TMPDIR=$HOME
  export HOME TMPDIR
  chown "$user:" "$HOME"
  setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups --inh-caps=-all --no-new-privs --pdeathsig KILL -- \
    "$node" --disable-warning=ExperimentalWarning "$root/server/main.ts" "$@" &
  child=$!
  trap 'kill -TERM "$child" 2>/dev/null || :' INT TERM
  status=0
  wait "$child" || status=$?
  # a signal ends the first wait early; the child's own answer counts
  while kill -0 "$child" 2>/dev/null; do
    status=0
    wait "$child" || status=$?
  done
  rm -rf "$HOME"
  exit "$status"
}

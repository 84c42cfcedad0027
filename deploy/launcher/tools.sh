# Finds the programs that Airdate needs, or installs them. Sourced by ../../airdate, which sets `root`.

NODE_AT_LEAST='24.12'
FFMPEG_AT_LEAST=5

say() { printf 'airdate: %s\n' "$*" >&2; }

# One clear line, and the end. The exit code is 1 unless $2 says otherwise.
fail() {
  say "$1"
  exit "${2:-1}"
}

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a long step with its output kept; shows the end of the output only when the step fails.
quietly() {
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi
  tail -n 15 "$log" | sed 's/^/    /' >&2
  rm -f "$log"
  return 1
}

# install_packages "what for" DEBIAN_PACKAGE... ; on macOS Homebrew has the same names where it is called (untried)
install_packages() {
  purpose=$1
  shift
  if [ "$(uname -s)" = Darwin ]; then
    have brew || fail "$purpose is missing, and so is Homebrew: install $* and start again"
    say "installing $* with Homebrew"
    quietly brew install "$@" || fail "Homebrew could not install $*; see above"
    return 0
  fi
  have apt-get || fail "$purpose is missing and there is no apt-get here: install it and start again"
  if [ "$(id -u)" -eq 0 ]; then
    elevate='env'
  elif have sudo; then
    # without a terminal nobody could type a password
    if [ -t 0 ]; then elevate='sudo'; else elevate='sudo -n'; fi
    # asks for the password now, not behind the kept output
    $elevate -v || fail "$purpose is missing and sudo does not let us install it: run as root: apt-get install $*"
  else
    fail "$purpose is missing: run as root: apt-get install $*"
  fi
  say "installing $* with apt (this can take some minutes)"
  apt="$elevate env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=2"
  quietly $apt update ||
    say "apt could not refresh its lists; trying with those it has"
  quietly $apt install --no-install-recommends "$@" ||
    fail "apt could not install $*: is there a network? Bring $purpose yourself and start again"
}

node_is_new_enough() {
  "$1" -e '
    const [have, want] = [process.versions.node, process.argv[1]].map((v) => v.split(".").map(Number))
    process.exit(have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1]) ? 0 : 1)
  ' "$NODE_AT_LEAST" >/dev/null 2>&1
}

# find_node TEST... sets `node` to one that is new enough and passes TEST (such as `test -x`) for its path.
find_node() {
  for node in "$(command -v node || :)" "$root/node_modules/.bin/node"; do
    if [ -n "$node" ] && "$@" "$node" && node_is_new_enough "$node"; then return 0; fi
  done
  fail "Node $NODE_AT_LEAST or newer is not here, and the npm package that brings it does not run on this system: install Node and start again"
}

lockfile_checksum() {
  if have sha256sum; then sha256sum <"$root/package-lock.json"
  elif have shasum; then shasum -a 256 <"$root/package-lock.json"
  else cksum <"$root/package-lock.json"
  fi
}

# Brings node_modules to what package-lock.json says; nothing happens when it is there already.
find_packages() {
  stamp="$root/node_modules/.airdate-stamp"
  wanted="$(lockfile_checksum) $(uname -sm)"
  if [ "$(cat "$stamp" 2>/dev/null || :)" = "$wanted" ]; then return 0; fi
  if [ -d "$root/node_modules" ]; then writable=$root/node_modules; else writable=$root; fi
  [ -w "$writable" ] || fail "the packages in $root/node_modules are not those of package-lock.json, and this user may not write there: run ./airdate once as the owner of the folder"
  # of two that start at once, one installs and the other waits; the lock ends with us
  if have flock; then
    exec 8<"$root/package-lock.json"
    flock -n 8 || { say "waiting for another start that installs packages" && flock 8; }
  fi
  if [ "$(cat "$stamp" 2>/dev/null || :)" != "$wanted" ]; then install_node_modules; fi
  if have flock; then exec 8<&-; fi
}

NPM_OPTIONS='--no-audit --no-fund --loglevel=error --fetch-retry-maxtimeout=10000'

# npm leaves out optional packages, and with them the native parts of our tools, when the Node that runs it is older than
# they ask for (Debian 12 has 18), and says nothing. So npm runs under the Node that our lockfile names, brought to a
# temporary folder that `borrowed` names.
borrow_node() {
  version=$(sed -n '/"node_modules\/node": {/,/}/s/.*"version": "\([0-9.]*\)".*/\1/p' "$root/package-lock.json")
  borrowed=$(mktemp -d)
  quietly npm install --prefix "$borrowed" --no-save --no-package-lock $NPM_OPTIONS "node@$version" || {
    rm -rf "$borrowed"
    fail "Node $version could not be fetched with npm; see above. Is there a network?"
  }
  PATH=$borrowed/node_modules/.bin:$PATH
  # Debian's npm finds its own parts through a path that only Debian's Node knows
  if [ -d /usr/share/nodejs/npm ]; then export NODE_PATH=/usr/share/nodejs; fi
}

install_node_modules() {
  if ! have npm || ! have node; then
    if [ "$(uname -s)" = Darwin ]; then install_packages 'Node' node
    else install_packages 'Node' nodejs npm ca-certificates
    fi
  fi
  say "installing packages with npm ci (a minute or two)"
  status=0
  borrowed=''
  node_is_new_enough node || borrow_node
  (cd "$root" && quietly npm ci $NPM_OPTIONS) || status=1
  [ -z "$borrowed" ] || rm -rf "$borrowed"
  unset NODE_PATH
  [ "$status" -eq 0 ] || fail "npm ci failed; see above. Is there a network?"
  printf '%s\n' "$wanted" >"$stamp"
}

ffmpeg_is_new_enough() {
  have ffmpeg && have ffprobe || return 1
  version=$(ffmpeg -hide_banner -version 2>/dev/null | sed -n '1s/^ffmpeg version n\{0,1\}\([0-9][0-9]*\)\..*/\1/p')
  # builds from a git checkout carry no number; they are newer
  [ -z "$version" ] || [ "$version" -ge "$FFMPEG_AT_LEAST" ]
}

find_ffmpeg() {
  if ffmpeg_is_new_enough; then return 0; fi
  install_packages "FFmpeg $FFMPEG_AT_LEAST or newer" ffmpeg
  ffmpeg_is_new_enough || fail "FFmpeg $FFMPEG_AT_LEAST or newer is needed, and the packages of this system bring an older one"
}

# What films are made with beside FFmpeg: a voice, and letters for the scripts and pictures that our own fonts have not.
# The server runs without them: then there is no narration, or such letters are boxes, and that is told.
find_film() {
  wanted=''
  have espeak-ng || wanted='espeak-ng'
  if [ "$(uname -s)" = Linux ]; then
    fonts=/usr/share/fonts
    [ -e "$fonts/truetype/noto/NotoSans-Regular.ttf" ] || wanted="$wanted fonts-noto-core"
    [ -e "$fonts/opentype/noto/NotoSansCJK-Regular.ttc" ] || wanted="$wanted fonts-noto-cjk"
    [ -e "$fonts/truetype/noto/NotoColorEmoji.ttf" ] || wanted="$wanted fonts-noto-color-emoji"
  fi
  [ -n "$wanted" ] || return 0
  # in a shell of its own, which may fail without ending us
  (install_packages 'what films are made with' $wanted) ||
    say "going on without $(printf '%s' "$wanted" | sed 's/^ *//'): films lack a voice, or letters of some scripts"
}

# Shows whether files are flushed before they get their names; only Linux has it, and only a test uses it.
find_strace() {
  if [ "$(uname -s)" = Linux ] && ! have strace; then install_packages 'strace' strace; fi
}

# The server does without Redis; only the tests need the program, each starting its own on a free port.
find_redis() {
  if have redis-server; then return 0; fi
  install_packages 'Redis' redis-server
  have redis-server || fail "Redis was installed but is not there"
}

# Chromium, and fonts that give the same text everywhere; only the tests use them.
find_chromium() {
  for browser in chromium chromium-browser google-chrome; do
    if have "$browser" && "$browser" --version >/dev/null 2>&1; then return 0; fi
  done
  if [ "$(uname -s)" = Darwin ]; then install_packages 'Chromium' --cask chromium
  else install_packages 'Chromium' chromium fonts-dejavu-core fonts-liberation
  fi
  for browser in chromium chromium-browser google-chrome; do
    if have "$browser" && "$browser" --version >/dev/null 2>&1; then return 0; fi
  done
  fail "Chromium was installed but does not start"
}

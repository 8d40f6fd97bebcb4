#!/bin/sh
# Runs nginx and puts a changed configuration into force without dropping a connection.
# A configuration that nginx refuses is logged and left out; the old one stays in force.
set -u

source=${GATEWAY_SOURCE:-/etc/gateway/nginx.conf}
active=${GATEWAY_ACTIVE:-/tmp/nginx.conf}
candidate=$active.candidate
resolver=${GATEWAY_RESOLVER_CONF:-/tmp/resolver.conf}

log() { echo "gateway: $*" >&2; }
digest() { sha256sum <"$1"; }
# The hash that /gateway/config answers.
name() { sed -n 's/.*\$config_hash "\([^"]*\)".*/\1/p' "$1"; }

# nginx reads no resolv.conf. Every answer is forgotten after a second, whatever its time to live: an address that
# the cluster dropped may belong to somebody else by then.
servers=${GATEWAY_NAMESERVERS:-$(sed -n 's/^nameserver[[:space:]]*//p' /etc/resolv.conf | sed 's/.*:.*/[&]/' | tr '\n' ' ')}
echo "resolver $servers valid=1s ipv6=off;" >"$resolver"

# Copied first: the kubelet may swap the mounted file between the test and the load.
accept() {
    cp "$source" "$candidate" && nginx -e stderr -t -q -c "$candidate" && mv "$candidate" "$active"
}

attempts=0
until accept; do
    attempts=$((attempts + 1))
    if [ "$attempts" -ge 30 ]; then
        log "nginx refuses $source; correct the release list or the chart"
        exit 1
    fi
    sleep 1
done

nginx -e stderr -c "$active" &
nginx=$!
trap 'log "finishing open requests"; kill -QUIT "$nginx"' TERM INT QUIT
log "serving configuration $(name "$active")"

refused=
while kill -0 "$nginx" 2>/dev/null; do
    # In the background, so that a signal interrupts the wait.
    sleep 1 &
    wait $!
    wanted=$(digest "$source")
    [ "$wanted" = "$(digest "$active")" ] && continue
    # A refused one is tried again every second, silently: what it lacks may only be late.
    if [ "$wanted" = "$refused" ]; then accept 2>/dev/null; else accept; fi
    if [ $? -eq 0 ]; then
        kill -HUP "$nginx"
        refused=
        log "reloaded configuration $(name "$active")"
    elif [ "$wanted" != "$refused" ]; then
        refused=$wanted
        log "configuration $(name "$source") is refused; $(name "$active") stays in force"
    fi
done
wait "$nginx"

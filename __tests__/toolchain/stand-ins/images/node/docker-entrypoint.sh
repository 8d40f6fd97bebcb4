#!/bin/sh
# What is no command is a script for node, or an option of it.
set -e
case $1 in -*) set -- node "$@" ;; esac
command -v "$1" >/dev/null || set -- node "$@"
exec "$@"

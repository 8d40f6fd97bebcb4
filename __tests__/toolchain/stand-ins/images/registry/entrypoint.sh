#!/bin/sh
# A settings file is for `serve`; commands of the registry need not name it.
set -e
case $1 in
  *.yml | *.yaml) set -- registry serve "$@" ;;
  serve | garbage-collect | help | -*) set -- registry "$@" ;;
esac
exec "$@"

#!/usr/bin/env bash
# Makes the certificates of the tests anew: an authority, a server on 127.0.0.1, a client. They secure nothing.
set -euo pipefail
cd "$(dirname "$0")"
days=36500
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }
key ca
openssl req -x509 -new -key ca.key -days $days -subj '/CN=pull-budget test authority' -out ca.crt
for name in server client; do
  key $name
  openssl req -new -key $name.key -subj "/CN=pull-budget test $name" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 8)" -days $days \
      -extfile <(printf 'subjectAltName=IP:127.0.0.1,DNS:localhost') -out $name.crt
done
rm ca.key

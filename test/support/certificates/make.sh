#!/bin/sh
# Makes the certificates of this folder anew; needs OpenSSL 3. See README.md.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

cat > "$work/ca.conf" <<CONF
[ca]
default_ca = ca
database = $work/index
new_certs_dir = $work
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE
subjectKeyIdentifier = hash
[end]
basicConstraints = critical,CA:FALSE
subjectAltName = DNS:localhost,IP:127.0.0.1,IP:::1
CONF
: > "$work/index"

# Valid from a day that no clock is before, for a hundred years.
sign() {
  name=$1
  shift
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "/CN=cache tests: $name" \
    -keyout "$work/$name.key" -out "$work/$name.csr"
  openssl ca -batch -notext -config "$work/ca.conf" -startdate 20250101000000Z -enddate 21250101000000Z \
    -in "$work/$name.csr" -out "$name.pem" "$@"
}

for name in authority stranger; do
  sign "$name" -selfsign -keyfile "$work/$name.key" -extensions authority
done
for name in server client; do
  sign "$name" -cert authority.pem -keyfile "$work/authority.key" -extensions end
  cp "$work/$name.key" .
done

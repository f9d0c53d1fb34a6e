// Certificates that are made for one test, with OpenSSL's own program.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { freshFolder, runNow } from "./hub.mjs";

/** Runs OpenSSL, which has to succeed. */
export function openssl(words) {
  const done = runNow("openssl", words);
  if (done.code !== 0) throw new Error(`openssl ${words[0]}: ${done.err}`);
}

/** A certificate that signs itself, for localhost and 127.0.0.1: the options of a hub's `tls`. */
export function selfSigned(name = "hub", folder = freshFolder()) {
  const made = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}-key.pem`) };
  openssl([
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-subj", `/CN=${name}`, "-days", "2", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ...["-out", made.cert, "-keyout", made.key],
  ]);
  made.ca = readFileSync(made.cert);
  return made;
}

/** A client's certificate that `authority` has signed: `{cert, key}` as texts. */
export function signedBy(authority, name) {
  const folder = freshFolder();
  const file = (what) => join(folder, `${name}-${what}.pem`);
  openssl([
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-subj", `/CN=${name}`, "-out", file("request"), "-keyout", file("key")],
  ]);
  openssl([
    ...["x509", "-req", "-in", file("request"), "-CA", authority.cert, "-CAkey", authority.key],
    ...["-days", "2", "-set_serial", "7", "-out", file("cert")],
  ]);
  return { cert: readFileSync(file("cert")), key: readFileSync(file("key")) };
}

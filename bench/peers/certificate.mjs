// A certificate that is good for one run.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

import { freshFolder } from "../hub.mjs";

let made = null;

/** The files of a self-signed certificate for 127.0.0.1 on P-256, and of its key. */
export function certificate() {
  if (made !== null) return made;
  const folder = freshFolder();
  const [file, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-subj", "/CN=127.0.0.1", "-days", "2", "-out", file, "-keyout", key],
    ],
    { stdio: "ignore" },
  );
  made = { file, key };
  return made;
}

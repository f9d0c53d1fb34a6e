// The disk itself: what every durable answer waits for.
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

import { freshFolder } from "./hub.mjs";

const kPage = Buffer.alloc(4_096, "x");
const kPages = 1_024;

/** A file to write into again and again, as a write-ahead log that has been checkpointed. */
export class Floor {
  #file;
  #page = 0;
  constructor(under) {
    this.#file = openSync(join(freshFolder(under), "floor"), "w");
    writeSync(this.#file, Buffer.alloc(kPages * kPage.length));
    fdatasyncSync(this.#file);
  }
  /** Writes 4 KiB over what is there, and waits until the disk has them. */
  write() {
    writeSync(this.#file, kPage, 0, kPage.length, (this.#page++ % kPages) * kPage.length);
    fdatasyncSync(this.#file);
  }
  close() {
    closeSync(this.#file);
  }
}

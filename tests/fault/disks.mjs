// File systems of a test's own: what is mounted here is gone when the process ends.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A row that cannot be tried here: the message says what is missing. */
export class Skip extends Error {}

const mounted = new Set();
process.on("exit", () => {
  for (const disk of mounted) disk.remove();
});

function run(program, ...words) {
  const done = spawnSync(program, words, { encoding: "utf8" });
  if (done.error) throw new Skip(`${program} is not installed`);
  if (done.status !== 0) throw new Error(`${program}: ${done.stderr.trim()}`);
  return done.stdout;
}

// EXT4_IOC_SHUTDOWN is _IOR('X', 125, u32). Flag 2: nothing that is in memory reaches the disk, the
// journal included, as when the power goes.
const kCut = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack("I", 2))
`;

class Disk {
  constructor(words, prepare) {
    this.root = mkdtempSync(join(tmpdir(), "tandem-fault-"));
    this.path = join(this.root, "disk");
    this.image = join(this.root, "image");
    this.words = words;
    mkdirSync(this.path);
    try {
      prepare?.(this);
      this.mount();
    } catch (error) {
      this.remove();
      throw error instanceof Skip ? error : new Skip(`cannot mount here: ${error.message}`);
    }
  }

  mount() {
    run("mount", ...this.words(this), this.path);
    mounted.add(this);
  }
  /** Takes it away as it is; what nobody has synced is written first, unless it has been cut. */
  unmount() {
    run("umount", this.path);
    mounted.delete(this);
  }
  /** The power goes: nothing that is not on the disk will be. Unmount and mount it afterwards. */
  cut() {
    run("python3", "-c", kCut, this.path);
  }
  remove() {
    if (mounted.delete(this)) spawnSync("umount", ["-l", this.path]);
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** An ext4 of `mebibytes` in a file. */
export function ext4(mebibytes) {
  const make = ({ image }) => {
    writeFileSync(image, "");
    run("truncate", "-s", `${mebibytes}M`, image);
    run("mkfs.ext4", "-q", "-F", "-m", "0", image);
  };
  return new Disk(({ image }) => ["-o", "loop", image], make);
}

/** Memory as a disk of `mebibytes`. */
export const tmpfs = (mebibytes) =>
  new Disk(() => ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs"]);

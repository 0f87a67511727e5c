// Pure: a classic BPF program for seccomp(2). It refuses what no build tool needs and kernels have
// been broken by. Numbers are those of the kernel's tables for each architecture.

interface Table {
  readonly audit: number;
  /** x32 calls have this bit on x86-64: another table of numbers behind the same gate. */
  readonly foreignBit: number | null;
  readonly refused: readonly number[];
  readonly clone: number;
  readonly clone3: number;
  readonly socket: number;
  readonly ioctl: number;
}

const tables: Readonly<Record<string, Table>> = {
  x64: {
    audit: 0xc000003e,
    foreignBit: 0x40000000,
    // ptrace, SysV shm/sem/msg, personality, pivot_root, chroot, acct, mount, umount2, swap, reboot,
    // modules, kexec, keys, perf, process_vm, bpf, userfaultfd, io_uring, open_by_handle_at, setns …
    refused: [
      101, 29, 30, 31, 67, 64, 65, 66, 220, 68, 69, 70, 71, 135, 155, 161, 163, 165, 166, 167, 168,
      169, 175, 176, 313, 246, 320, 248, 249, 250, 298, 310, 311, 321, 323, 425, 426, 427, 303, 304,
      308, 272, 428, 429, 430, 431, 432, 433, 442, 312,
    ],
    clone: 56,
    clone3: 435,
    socket: 41,
    ioctl: 16,
  },
  arm64: {
    audit: 0xc00000b7,
    foreignBit: null,
    refused: [
      117, 194, 195, 196, 197, 190, 191, 192, 193, 186, 187, 188, 189, 92, 41, 51, 89, 40, 39, 224,
      225, 142, 105, 106, 273, 104, 294, 217, 218, 219, 241, 270, 271, 280, 282, 425, 426, 427, 264,
      265, 268, 97, 428, 429, 430, 431, 432, 433, 442, 272,
    ],
    clone: 220,
    clone3: 435,
    socket: 198,
    ioctl: 29,
  },
};

const allow = 0x7fff0000;
const killProcess = 0x80000000;
const notPermitted = 0x00050001;
const notImplemented = 0x00050026;
const familyNotSupported = 0x00050061;
/** CLONE_NEWTIME is clone3-only; NEWNS, CGROUP, UTS, IPC, USER, PID, NET. */
const namespaceFlags = 0x7e020000;
/** AF_UNIX, AF_INET, AF_INET6. AF_NETLINK is allowed with protocol 0 (route) alone. */
const families = [1, 2, 10];
const netlink = 16;
/** TIOCSTI and TIOCLINUX put words into a terminal's mouth. */
const terminalRequests = [0x5412, 0x541c];

type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const answer = (value: number): Instruction => [0x06, 0, 0, value];
const skipUnlessEqual = (value: number, skip: number): Instruction => [0x15, 0, skip, value];
const skipUnlessAny = (bits: number, skip: number): Instruction => [0x45, 0, skip, bits];

/** The program's bytes for `process.arch`; null where there is no table, and so no wall. */
export function seccompFilter(architecture: string): Uint8Array | null {
  const table = tables[architecture];
  if (!table) return null;
  return encode([
    load(4),
    skipUnlessEqual(table.audit, 1),
    [0x05, 0, 0, 1],
    answer(killProcess),
    load(0),
    ...foreign(table.foreignBit),
    ...table.refused.flatMap((number) => [skipUnlessEqual(number, 1), answer(notPermitted)]),
    skipUnlessEqual(table.clone3, 1),
    answer(notImplemented),
    skipUnlessEqual(table.clone, 4),
    load(16),
    skipUnlessAny(namespaceFlags, 1),
    answer(notPermitted),
    answer(allow),
    ...sockets(table.socket),
    skipUnlessEqual(table.ioctl, 2 + 2 * terminalRequests.length),
    load(24),
    ...terminalRequests.flatMap((request) => [skipUnlessEqual(request, 1), answer(notPermitted)]),
    answer(allow),
    answer(allow),
  ]);
}

function foreign(bit: number | null): readonly Instruction[] {
  return bit === null ? [] : [skipUnlessAny(bit, 1), answer(killProcess)];
}

function sockets(number: number): readonly Instruction[] {
  const body: Instruction[] = [load(16)];
  for (const family of families) body.push(skipUnlessEqual(family, 1), answer(allow));
  body.push(skipUnlessEqual(netlink, 3), load(32), skipUnlessEqual(0, 1), answer(allow));
  body.push(answer(familyNotSupported));
  return [skipUnlessEqual(number, body.length), ...body];
}

/** struct sock_filter, little-endian on both architectures. */
function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, jt, jf, k]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jt, index * 8 + 2);
    bytes.writeUInt8(jf, index * 8 + 3);
    bytes.writeUInt32LE(k >>> 0, index * 8 + 4);
  }
  return bytes;
}

/** A word of a pinned table, which bpftool would print or take as a whole: megabytes. */

const script = `import ctypes, mmap, struct, sys
path, place = ctypes.create_string_buffer(sys.argv[1].encode()), int(sys.argv[2])
SYS_bpf, BPF_OBJ_GET = 321, 7
asked = struct.pack("=QII", ctypes.addressof(path), 0, 0)
fd = ctypes.CDLL(None, use_errno=True).syscall(SYS_bpf, BPF_OBJ_GET, asked, len(asked))
if fd < 0: raise OSError(ctypes.get_errno(), "cannot open " + sys.argv[1])
table = mmap.mmap(fd, mmap.PAGESIZE)
if len(sys.argv) > 3: struct.pack_into("=I", table, place, int(sys.argv[3]))
print(struct.unpack_from("=I", table, place)[0])`;

/** Of struct xlb_settings, the first record of fixed_tables (bpf/shared/tables.h): bytes from its start. */
export const settingsWords = { layout_revision: 0, options: 12, clock_offset_high: 108 } as const;

/** Words of a command that prints the word, 32 bits, at `offset` of the first page; and writes `value` before. */
export function pinnedWord(path: string, offset: number, value?: number): readonly string[] {
  return ['python3', '-c', script, path, `${offset}`, ...(value === undefined ? [] : [`${value}`])];
}

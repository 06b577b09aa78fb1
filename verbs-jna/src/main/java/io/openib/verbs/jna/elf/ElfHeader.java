package io.openib.verbs.jna.elf;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * The first 64 bytes of an ELF file.
 *
 * <pre>
 *  0 magic(4)  class(1)  data(1) ...   16 type(2)  machine(2) ...   32 phoff(8)  shoff(8)
 * 54 phentsize(2)  phnum(2)  shentsize(2)  shnum(2)
 * </pre>
 */
record ElfHeader(
        Target target,
        int type,
        long segmentsAt,
        int segmentSize,
        int segments,
        long sectionsAt,
        int sectionSize,
        int sections) {
    static final int BYTES = 64;

    /** {@code ET_DYN}. */
    static final int SHARED_OBJECT = 3;

    private static final int MAGIC = 0x464c457f;
    private static final int CLASS = 4;
    private static final int DATA = 5;
    private static final int TYPE = 16;
    private static final int MACHINE = 18;
    private static final int PHOFF = 32;
    private static final int SHOFF = 40;
    private static final int PHENTSIZE = 54;
    private static final int PHNUM = 56;
    private static final int SHENTSIZE = 58;
    private static final int SHNUM = 60;

    static ElfHeader of(ElfBytes file) throws DamagedLibraryException {
        ByteBuffer bytes = file.read("header", 0, BYTES);
        if (bytes.getInt(0) != MAGIC) {
            throw file.damaged("is no shared library: it does not begin as an ELF file does");
        }
        return new ElfHeader(
                new Target(bytes.get(CLASS), bytes.get(DATA), unsigned(bytes, MACHINE)),
                unsigned(bytes, TYPE),
                bytes.getLong(PHOFF),
                unsigned(bytes, PHENTSIZE),
                unsigned(bytes, PHNUM),
                bytes.getLong(SHOFF),
                unsigned(bytes, SHENTSIZE),
                unsigned(bytes, SHNUM));
    }

    private static int unsigned(ByteBuffer bytes, int offset) {
        return Short.toUnsignedInt(bytes.getShort(offset));
    }

    /** What a file was made for: {@code EI_CLASS}, {@code EI_DATA}, {@code e_machine}. */
    record Target(int wordClass, int order, int machine) {
        private static final Map<Integer, String> MACHINES = Map.of(
                3,
                "i386",
                21,
                "ppc64",
                22,
                "s390",
                40,
                "arm",
                62,
                "x86-64",
                183,
                "aarch64",
                243,
                "riscv",
                258,
                "loongarch");

        /** This process's own. */
        static final Target OWN = ofThisProcess();

        private static Target ofThisProcess() {
            try (ElfBytes file = new ElfBytes(Path.of("/proc/self/exe"))) {
                return ElfHeader.of(file).target;
            } catch (DamagedLibraryException e) {
                boolean isArm = System.getProperty("os.arch", "").equals("aarch64");
                return new Target(2, 1, isArm ? 183 : 62); // no /proc: one of those whose layouts this module knows
            }
        }

        /** Debian's folder for libraries of one processor, such as {@code x86_64-linux-gnu}. */
        String multiarch() {
            return name().replace('-', '_') + "-linux-gnu";
        }

        private String name() {
            return MACHINES.getOrDefault(machine, "machine " + machine);
        }

        @Override
        public String toString() {
            String bits = wordClass == 1 ? "32 bit" : wordClass == 2 ? "64 bit" : "class " + wordClass;
            String bytes = order == 1 ? "little endian" : order == 2 ? "big endian" : "byte order " + order;
            return name() + ", " + bits + ", " + bytes;
        }
    }
}

package io.openib.verbs.jna.elf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A shared library of which everything that the dynamic linker maps and follows lies within the file. A page that is mapped
 * and not in the file ends the process with SIGBUS.
 *
 * @param needed the names of the libraries that it needs
 * @param searchPath its own folders to search them in, as they stand there: {@code DT_RUNPATH}, or {@code DT_RPATH}
 */
record ElfLibrary(Path file, List<String> needed, String searchPath) {
    private static final int SEGMENT_BYTES = 56;
    private static final int LOAD = 1;
    private static final int DYNAMIC = 2;
    private static final int DYNAMIC_ENTRY = 16;

    private static final long DT_NEEDED = 1;
    private static final long DT_PLTRELSZ = 2;
    private static final long DT_HASH = 4;
    private static final long DT_STRTAB = 5;
    private static final long DT_SYMTAB = 6;
    private static final long DT_RELA = 7;
    private static final long DT_RELASZ = 8;
    private static final long DT_STRSZ = 10;
    private static final long DT_RPATH = 15;
    private static final long DT_JMPREL = 23;
    private static final long DT_RUNPATH = 29;
    private static final long DT_GNU_HASH = 0x6ffffef5L;

    /** Whether the dynamic linker would pass over this file in a search: it is whole so far, and for another processor. */
    static boolean isForeign(Path file, ElfHeader.Target own) {
        try (ElfBytes bytes = new ElfBytes(file)) {
            return !ElfHeader.of(bytes).target().equals(own);
        } catch (DamagedLibraryException e) {
            return false;
        }
    }

    /** Looks at a file, which must be for this processor. */
    static ElfLibrary read(Path path, ElfHeader.Target own) throws DamagedLibraryException {
        try (ElfBytes file = new ElfBytes(path)) {
            ElfHeader header = ElfHeader.of(file);
            if (!header.target().equals(own)) {
                throw file.damaged("is for another processor: " + header.target() + "; this Java is " + own);
            }
            if (header.type() != ElfHeader.SHARED_OBJECT) {
                throw file.damaged("is no shared library, but an ELF file of type " + header.type());
            }
            if (header.sectionsAt() != 0) {
                file.require("section table", header.sectionsAt(), (long) header.sections() * header.sectionSize());
            }
            Segments segments = new Segments(file, header);
            return new Dynamic(file, segments).library(path);
        }
    }

    /** The program headers: what is mapped from where. */
    private static final class Segments {
        private final List<long[]> loads = new ArrayList<>(); // offset, address, bytes in the file
        private long dynamicAt = -1;
        private long dynamicBytes;

        Segments(ElfBytes file, ElfHeader header) throws DamagedLibraryException {
            if (header.segmentSize() != SEGMENT_BYTES) {
                throw file.damaged("makes no sense: program headers of " + header.segmentSize() + " bytes");
            }
            ByteBuffer table =
                    file.read("program header table", header.segmentsAt(), (long) header.segments() * SEGMENT_BYTES);
            for (int at = 0; at < table.limit(); at += SEGMENT_BYTES) {
                add(file, table, at);
            }
            if (loads.isEmpty() || dynamicAt < 0) {
                throw file.damaged("is no shared library: it has no segment to load, or none that tells what it needs");
            }
        }

        private void add(ElfBytes file, ByteBuffer table, int at) throws DamagedLibraryException {
            int type = table.getInt(at);
            long offset = table.getLong(at + 8);
            long address = table.getLong(at + 16);
            long bytes = table.getLong(at + 32);
            if (type == LOAD) {
                file.require("segment", offset, bytes);
                if (Long.compareUnsigned(bytes, table.getLong(at + 40)) > 0) {
                    throw file.damaged("makes no sense: a segment that is longer in the file than in memory");
                }
                loads.add(new long[] {offset, address, bytes});
            } else if (type == DYNAMIC) {
                file.require("dynamic section", offset, bytes);
                dynamicAt = offset;
                dynamicBytes = bytes;
            }
        }

        /** Where in the file the bytes of an address lie. */
        long offsetOf(ElfBytes file, String what, long address, long length) throws DamagedLibraryException {
            for (long[] load : loads) {
                long within = address - load[1];
                if (within >= 0 && length >= 0 && within <= load[2] - length) {
                    return load[0] + within;
                }
            }
            throw file.damaged("is damaged: its " + what + " lies in no segment");
        }
    }

    /** The dynamic section: what the linker follows. */
    private static final class Dynamic {
        private final ElfBytes file;
        private final Segments segments;
        private final Map<Long, Long> values = new TreeMap<>();
        private final List<Long> needed = new ArrayList<>();

        Dynamic(ElfBytes file, Segments segments) throws DamagedLibraryException {
            this.file = file;
            this.segments = segments;
            ByteBuffer bytes = file.read("dynamic section", segments.dynamicAt, segments.dynamicBytes);
            for (int at = 0; at + DYNAMIC_ENTRY <= bytes.limit() && bytes.getLong(at) != 0; at += DYNAMIC_ENTRY) {
                long tag = bytes.getLong(at);
                long value = bytes.getLong(at + Long.BYTES);
                if (tag == DT_NEEDED) {
                    needed.add(value);
                } else {
                    values.put(tag, value);
                }
            }
        }

        ElfLibrary library(Path path) throws DamagedLibraryException {
            if (!values.keySet().containsAll(List.of(DT_STRTAB, DT_STRSZ, DT_SYMTAB))) {
                throw file.damaged("is damaged: its dynamic section names no symbols");
            }
            table("symbol table", DT_SYMTAB, 0);
            table("hash table", DT_HASH, 0);
            table("hash table", DT_GNU_HASH, 0);
            table("relocation table", DT_RELA, values.getOrDefault(DT_RELASZ, 0L));
            table("relocation table", DT_JMPREL, values.getOrDefault(DT_PLTRELSZ, 0L));
            ByteBuffer strings = file.read(
                    "string table",
                    table("string table", DT_STRTAB, values.getOrDefault(DT_STRSZ, 0L)),
                    values.getOrDefault(DT_STRSZ, 0L));
            List<String> names = new ArrayList<>();
            for (long at : needed) {
                names.add(string(strings, at));
            }
            Long ownPath = values.containsKey(DT_RUNPATH) ? values.get(DT_RUNPATH) : values.get(DT_RPATH);
            return new ElfLibrary(path, List.copyOf(names), ownPath == null ? "" : string(strings, ownPath));
        }

        private long table(String what, long tag, long length) throws DamagedLibraryException {
            Long address = values.get(tag);
            return address == null ? 0 : segments.offsetOf(file, what, address, Math.max(length, 1));
        }

        private String string(ByteBuffer strings, long at) throws DamagedLibraryException {
            if (at >= 0 && at < strings.limit()) {
                for (int end = (int) at; end < strings.limit(); end++) {
                    if (strings.get(end) == 0) {
                        byte[] text = new byte[end - (int) at];
                        strings.get((int) at, text);
                        return new String(text, StandardCharsets.UTF_8);
                    }
                }
            }
            throw file.damaged("is damaged: a name lies outside of its string table");
        }
    }
}

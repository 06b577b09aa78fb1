package io.openib.verbs.jna.elf;

import java.nio.file.Path;

/** A file that the dynamic linker must not be given; the message names the file and says what is wrong with it. */
public final class DamagedLibraryException extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedLibraryException(Path file, String problem) {
        super(file + " " + problem);
    }
}

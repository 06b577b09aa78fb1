/** Shared libraries as files: found and looked at before the dynamic linker maps them, which a damaged file would crash. */
@NullMarked
package io.openib.verbs.jna.elf;

import org.jspecify.annotations.NullMarked;

package io.openib.verbs.soft;

import io.openib.verbs.Finding;
import io.openib.verbs.soft.arena.ArenaHome;
import io.openib.verbs.soft.arena.OwnArena;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Tells people where shared memory lies and whether there is enough of it. Immutable; a cold path.
 *
 * @param first usually {@code /dev/shm}
 * @param spare what {@code soft_shm_dir} names
 */
record SharedMemoryRoom(Path first, Path spare) {
    private static final String SLOWER = ", which may be slower";

    /** Which folder a process uses, and what is free there. */
    Finding folder() {
        String check = "shared memory";
        Optional<String> obstacle = ArenaHome.whyUnusable(first);
        Optional<String> second = ArenaHome.whyUnusable(spare);
        if (obstacle.isEmpty()) {
            return Finding.ok(
                    check,
                    free(first) + "; where that is full: "
                            + second.map(why -> "nothing, " + spare + " cannot be used (" + why + ")")
                                    .orElse(free(spare) + SLOWER));
        }
        String evidence = first + " cannot be used (" + obstacle.get() + ")";
        return second.map(why -> Finding.failed(
                        check,
                        evidence + ", nor can " + spare + " (" + why + ")",
                        "let this user have a folder of mode 0700 in " + first
                                + ", or set soft_shm_dir to a folder that can be used"))
                .orElseGet(() -> Finding.warning(
                        check,
                        evidence + "; used is " + free(spare) + SLOWER,
                        "let this user have a folder of mode 0700 in " + first));
    }

    private static String free(Path parent) {
        Path folder = parent.resolve(ArenaHome.userFolder());
        long bytes = ArenaHome.freeBytes(folder);
        return folder + " with " + (bytes < 0 ? "who knows how many" : bytes) + " bytes free";
    }

    /** What a rank takes, by the example of this process, and how many ranks there is room for. */
    Finding use(OwnArena arena) {
        String check = "shared memory for ranks";
        Path folder = arena.home().main();
        Path second = arena.home().spare();
        long inSpare = arena.spareBytes();
        long each = arena.mainBytes() + inSpare;
        long free = ArenaHome.freeBytes(folder);
        String elsewhere = folder.equals(second)
                ? ""
                : "; more use " + second + " with " + ArenaHome.freeBytes(second) + " bytes free" + SLOWER;
        String needed = "a rank takes " + each + " bytes at its start";
        if (inSpare > 0) {
            return Finding.warning(
                    check,
                    needed + ", of which " + inSpare + " lie in " + second + SLOWER + ": " + folder + " has no room",
                    remedy(folder, each));
        }
        if (free < 0 || each == 0) {
            return Finding.ok(check, needed + "; how many are free in " + folder + " cannot be told");
        }
        long ranks = 1 + free / each;
        String evidence =
                needed + "; " + folder + " has room for " + ranks + (ranks == 1 ? " rank" : " ranks") + elsewhere;
        return ranks > 1 ? Finding.ok(check, evidence) : Finding.warning(check, evidence, remedy(folder, each));
    }

    private static String remedy(Path folder, long each) {
        return "give " + folder + " room for as many times " + each
                + " bytes as there are to be ranks (mount -o remount,size=..., a container's --shm-size)";
    }
}

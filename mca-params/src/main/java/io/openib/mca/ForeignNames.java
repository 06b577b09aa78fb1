package io.openib.mca;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Tells, in places that Open MPI's own processes read too, the names that must be ours from those that may be theirs.
 *
 * <p>A name must be ours if it begins with the words of a declared parameter: the first word ({@code soft_}), or, where
 * that word is a framework of Open MPI's, the first two ({@code btl_openib_}, so that {@code btl_tcp_if_include} stays
 * theirs). Names that begin with one of Open MPI's projects are never taken for ours unless they are declared.
 */
final class ForeignNames {
    private static final Set<String> OPEN_MPI_FRAMEWORKS =
            Set.of(("allocator bml btl coll common crs ess event fbtl fcoll filem fs grpcomm hook hwloc if io iof "
                            + "memchecker memory mpool mtl odls oob op osc patcher plm pmix pml prte pstat ras rcache "
                            + "reachable rmaps rml routed rte schizo sharedfp shmem smsc snapc sshmem state threads timer topo "
                            + "vprotocol")
                    .split(" "));
    private static final Set<String> OPEN_MPI_PROJECTS = Set.of("mca", "mpi", "ompi", "opal", "orte", "oshmem");

    private final Set<String> ownPrefixes = new HashSet<>();

    ForeignNames(Collection<String> declaredNames) {
        for (String name : declaredNames) {
            String prefix = prefixOf(name);
            if (!prefix.isEmpty()) {
                ownPrefixes.add(prefix);
            }
        }
    }

    boolean mayBeForeign(String name) {
        return !ownPrefixes.contains(prefixOf(name));
    }

    private static String prefixOf(String name) {
        int first = name.indexOf('_');
        String word = first < 0 ? name : name.substring(0, first);
        if (OPEN_MPI_PROJECTS.contains(word)) {
            return "";
        }
        if (!OPEN_MPI_FRAMEWORKS.contains(word)) {
            return word;
        }
        int second = first < 0 ? -1 : name.indexOf('_', first + 1);
        return second < 0 ? "" : name.substring(0, second);
    }
}

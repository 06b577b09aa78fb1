package io.openib.cli;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.BtlFramework;
import io.openib.cli.output.CommandLines;
import io.openib.mca.ComponentFailure;
import io.openib.mca.ComponentLoader;
import io.openib.mca.LoadedComponents;
import io.openib.mca.McaException;
import io.openib.mca.McaParameters;
import io.openib.runtime.JobEnvironment;
import io.openib.runtime.OpenibRuntimeException;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupSelection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Which wireups there are, and whether each can be used: found out by opening a transport with it in a job of one. */
final class WireupSurvey {
    private static final String CPC = "btl_openib_cpc";

    private final List<String> mca;
    private final List<String> names = new ArrayList<>();
    private final List<Usability> broken = new ArrayList<>();

    /**
     * Finds the wireups.
     *
     * @param parameters resolved, for the component path
     * @param mca the command line's parameters: name, value, name, value ...
     */
    WireupSurvey(McaParameters parameters, List<String> mca) {
        this.mca = mca;
        // What a trial would warn of is what the survey answers, or what the ranks will say.
        if (!Boolean.getBoolean(CommandLines.VERBOSE)) {
            System.setProperty("org.slf4j.simpleLogger.log.io.openib", "error");
        }
        try (LoadedComponents<WireupComponent> loaded =
                ComponentLoader.create(parameters).load(WireupSelection.KIND)) {
            loaded.components().forEach(component -> names.add(component.name()));
            for (ComponentFailure failure : loaded.failures()) {
                broken.add(new Usability(failure.where(), false, failure.reason()));
            }
        }
    }

    /** The names of those that may be usable. */
    List<String> names() {
        return List.copyOf(names);
    }

    /** All of them, tried one after the other. */
    List<Usability> tryAll() {
        List<Usability> all = new ArrayList<>();
        names.forEach(name -> all.add(tryOne(name)));
        all.addAll(broken);
        return all;
    }

    /** What cannot be tried. */
    List<Usability> broken() {
        return List.copyOf(broken);
    }

    /** Opens a transport by whichever the parameters choose, and closes it. */
    Usability tryAny() {
        return open("", Map.of());
    }

    /**
     * The same, and has somebody look at it if it opens.
     *
     * @param look what it throws is thrown
     */
    void showAny(Consumer<Btl> look) {
        open("", Map.of(), btl -> {
            look.accept(btl);
            return Optional.empty();
        });
    }

    /** Opens a transport with it, and closes it. */
    Usability tryOne(String name) {
        return open(name, Map.of(CPC, name));
    }

    /**
     * The same, on one port alone that nothing leaves out: {@code device:port}.
     *
     * @param whileOpen given the transport while it is open; says why it is of no use after all, or nothing
     */
    Usability tryOne(String name, String place, Function<Btl, Optional<String>> whileOpen) {
        return open(name, Map.of(CPC, name, "btl_openib_if_include", place, "btl_openib_if_exclude", ""), whileOpen);
    }

    private Usability open(String name, Map<String, String> more) {
        return open(name, more, btl -> Optional.empty());
    }

    private Usability open(String name, Map<String, String> more, Function<Btl, Optional<String>> whileOpen) {
        Map<String, String> job = new HashMap<>(Map.of("runtime_launcher", "singleton"));
        job.putAll(more);
        // As a job has one: without it a wireup does not listen on an address that others can reach.
        Map<String, String> secret = Map.of(JobEnvironment.SECRET, JobEnvironment.newSecret());
        try (Btl btl = BtlFramework.load(JobChecks.sources(mca).api(job)).open(secret)) {
            return whileOpen
                    .apply(btl)
                    .map(why -> new Usability(name, false, why))
                    .orElseGet(
                            () -> new Usability(name, true, "on " + btl.peer(0).device()));
        } catch (BtlException | McaException | OpenibRuntimeException e) {
            return new Usability(name, false, String.valueOf(e.getMessage()));
        }
    }
}

package io.openib.cli.doctor;

import io.openib.btl.Btl;
import io.openib.cli.devices.DeviceChoice;
import io.openib.mca.ComponentFailure;
import io.openib.mca.ComponentLoader;
import io.openib.mca.LoadedComponents;
import io.openib.mca.McaParameters;
import io.openib.runtime.Launchers;
import io.openib.runtime.OpenibRuntimeException;
import io.openib.verbs.Finding;
import io.openib.verbs.Finding.Verdict;
import io.openib.verbs.VerbsException;
import io.openib.verbs.VerbsProvider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;

/** Looks at everything that could stop RDMA here and hands on each finding as it is made. One thread. */
public final class Doctor {
    private final Consumer<Diagnosed> findings;
    private final Map<String, Boolean> places = new LinkedHashMap<>();
    private final Map<String, VerbsProvider> software = new LinkedHashMap<>();
    private final Set<String> measured = new HashSet<>();
    private final Set<String> hardware = new LinkedHashSet<>();
    private final Map<String, List<String>> ways = new LinkedHashMap<>();
    private final List<String> obstacles = new ArrayList<>();
    private final Map<String, List<String>> noWays = new LinkedHashMap<>();

    /** Tells each finding when it is made. */
    public Doctor(Consumer<Diagnosed> findings) {
        this.findings = findings;
    }

    /** The selected providers and their devices, ports and messages to oneself; one provider after the other. */
    public void lookAtDevices(McaParameters parameters) {
        DeviceChoice choice = DeviceChoice.of(parameters);
        try (LoadedComponents<VerbsProvider> loaded =
                ComponentLoader.create(parameters).load(DeviceChoice.kind(parameters))) {
            List<VerbsProvider> selected = choice.select(loaded.components());
            for (VerbsProvider provider : loaded.components()) {
                if (selected.contains(provider)) {
                    lookAtOthers(provider, parameters);
                } else {
                    passOver(provider, choice.whyWithout(provider));
                }
            }
            for (ComponentFailure failure : loaded.failures()) {
                tell(failure.where(), Finding.failed("component", failure.reason(), "mend or remove this jar"));
            }
        }
    }

    /** Somebody else may have written it: whatever it throws is a finding. */
    private void lookAtOthers(VerbsProvider provider, McaParameters parameters) {
        try {
            lookAt(provider, parameters);
        } catch (RuntimeException | LinkageError e) {
            tell(provider.name(), Finding.failed("provider", ComponentFailure.why(e), "mend or remove its jar"));
        }
    }

    private void passOver(VerbsProvider provider, String why) {
        tell(provider.name(), Finding.skipped("provider", why));
        if (isHardware(provider)) {
            obstacles.add(provider.name() + ": " + why);
        }
    }

    private static boolean isHardware(VerbsProvider provider) {
        return provider.exclusivity() > VerbsProvider.SOFTWARE;
    }

    private void lookAt(VerbsProvider provider, McaParameters parameters) {
        OptionalInt gidRow = parameters.givenInteger("btl_openib_gid_index");
        int partition = parameters.givenInteger("btl_openib_pkey").orElse(0);
        boolean isHardware = isHardware(provider);
        for (Finding finding : provider.diagnose()) {
            tell(provider.name(), finding);
            if (isHardware && finding.verdict() == Verdict.FAILED) {
                obstacles.add(finding.check() + ": " + finding.evidence());
            }
        }
        for (String name : names(provider)) {
            new DeviceCheck(provider, name, gidRow, partition, (place, finding) -> {
                        tell(place, finding);
                        if (finding.check().equals(Loopback.CHECK)) {
                            boolean isUsable = finding.verdict() == Verdict.OK;
                            places.put(place, isUsable);
                            if (isHardware) {
                                hardware.add(place);
                            } else {
                                software.put(place, provider);
                            }
                        }
                        if (isHardware && finding.verdict() == Verdict.FAILED) {
                            obstacles.add(place + ", " + finding.check() + ": " + finding.evidence());
                        }
                    })
                    .run();
        }
    }

    private List<String> names(VerbsProvider provider) {
        try {
            return provider.deviceNames();
        } catch (VerbsException e) {
            tell(
                    provider.name(),
                    Finding.failed("list of devices", String.valueOf(e.getMessage()), "mend what it names"));
            return List.of();
        }
    }

    /** What started this process, by the environment; joins nothing. */
    public boolean lookAtLauncher(Map<String, String> environment, McaParameters parameters) {
        String check = "launcher environment";
        try {
            tell("launcher", Finding.ok(check, Launchers.find(environment, parameters)));
            return true;
        } catch (OpenibRuntimeException e) {
            tell("launcher", Finding.failed(check, String.valueOf(e.getMessage()), "start ranks as this line says"));
            return false;
        }
    }

    /**
     * What a rank takes that has a first peer, on a software device: found out by taking it.
     *
     * @param btl open on this port alone
     * @return why no rank can have it; or nothing
     */
    public Optional<String> lookAtRank(String place, Btl btl) {
        VerbsProvider provider = software.get(place);
        if (provider == null) {
            return Optional.empty();
        }
        Optional<String> obstacle = SelfConnection.make(btl);
        if (obstacle.isEmpty() && measured.add(place)) {
            provider.diagnoseUse().forEach(finding -> tell(provider.name(), finding));
        }
        return obstacle;
    }

    /** Whether a transport was refused for want of memory, which no other wireup would have. */
    public static boolean isForMemory(String reason) {
        return reason.contains("ENOMEM");
    }

    /** The finding of such a refusal. */
    public static Finding shortOfMemory(String check, String reason) {
        return DeviceCheck.failed(check, reason, "");
    }

    /** Every port seen, as {@code device:port}. */
    public Collection<String> places() {
        return List.copyOf(places.keySet());
    }

    /** A job could use this port by this wireup. */
    public void foundWay(String wireup, String place) {
        ways.computeIfAbsent(place, key -> new ArrayList<>()).add(wireup);
    }

    /** A job cannot use this port by this wireup. */
    public void foundNoWay(String wireup, String place, String why) {
        if (hardware.contains(place)) {
            noWays.computeIfAbsent(place, key -> new ArrayList<>()).add(place + ", wireup " + wireup + ": " + why);
        }
    }

    /** By which wireup on which port a job could run. */
    public List<String> ways() {
        List<String> texts = new ArrayList<>();
        ways.forEach((place, wireups) -> wireups.forEach(wireup -> texts.add(wireup + " on " + place)));
        return texts;
    }

    /** The ports of hardware that a job could use. */
    public List<String> usableHardware() {
        return hardware.stream().filter(ways::containsKey).sorted().toList();
    }

    /** Why there is no such port, or not one more: what failed, one sentence each. */
    public List<String> obstacles() {
        List<String> all = new ArrayList<>(obstacles);
        noWays.forEach((place, reasons) -> all.addAll(ways.containsKey(place) ? List.of() : reasons));
        return all;
    }

    /** Whether messages got through this port. */
    public boolean isUsable(String place) {
        return places.getOrDefault(place, false);
    }

    /** Hands a finding on. */
    public void tell(String subject, Finding finding) {
        findings.accept(new Diagnosed(subject, finding));
    }
}

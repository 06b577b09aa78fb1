package io.openib.cli.conformance;

import io.openib.btl.BtlFramework;
import io.openib.cli.conformance.CaseResult.Outcome;
import io.openib.cli.devices.DeviceChoice;
import io.openib.cli.output.CommandLines;
import io.openib.cli.output.Program;
import io.openib.cli.output.Progress;
import io.openib.cli.output.UsageException;
import io.openib.cli.programs.ProgramFailure;
import io.openib.mca.ComponentLoader;
import io.openib.mca.LoadedComponents;
import io.openib.mca.McaParameters;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.Launchers;
import io.openib.runtime.RuntimeParameters;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.testkit.CallLink;
import io.openib.verbs.testkit.SideLink;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupSelection;
import io.openib.wireup.testkit.LocalStage;
import io.openib.wireup.testkit.PeerStage;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the contracts of devices and wireups between rank 0 and each other rank, on the devices found there. */
@Command(
        name = "openib conformance",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the contract suites of devices and wireups between rank 0 and each other rank, one line a case.",
            "Hardware where both have some, else the software device. Ends with 1 if a case fails."
        })
public final class Conformance implements Program {
    private static final Logger LOG = LoggerFactory.getLogger(Conformance.class);
    private static final long FENCE_MS = 60_000;
    private static final long LAST_FENCE_MS = 24 * 3_600_000L;

    @Option(names = "--junit", paramLabel = "FILE", description = "Writes the results as JUnit XML, by rank 0.")
    private @Nullable Path junit;

    @Option(names = "--device", paramLabel = "NAME:PORT", description = "This port alone; every rank must have it.")
    private String device = "";

    @Option(names = "--only", paramLabel = "TEXT", description = "Cases whose group or name holds this text.")
    private String only = "";

    @Option(
            names = "--mca",
            arity = "2",
            paramLabel = "NAME VALUE",
            hideParamSyntax = true,
            description = "Sets a parameter of this program.")
    private List<String> mca = List.of();

    private final List<CaseResult> results = new ArrayList<>();
    private List<Scheme> schemes = List.of();
    private @Nullable Progress progress;

    /** A rank's main. */
    public static void main(String[] arguments) {
        System.exit(CommandLines.execute(new Conformance(), arguments));
    }

    @Override
    public void check() {
        if (junit != null) {
            JunitXml.check(junit);
        }
    }

    @Override
    public List<String> mca() {
        return List.copyOf(mca);
    }

    @Override
    public boolean opensTransport() {
        return false;
    }

    @Override
    public void checkParameters(McaParameters parameters) {
        if (!device.isEmpty() || !DeviceChoice.of(parameters).wishes().isEmpty()) {
            try (LoadedComponents<VerbsProvider> loaded = providers(parameters)) {
                new Places(loaded.components(), parameters).called(device, "this machine");
            }
        }
    }

    @Override
    public Integer call() throws IOException {
        McaParameters parameters = parameters();
        try (JobRuntime runtime = Launchers.open(System.getenv(), parameters);
                LoadedComponents<VerbsProvider> loaded = providers(parameters);
                LoadedComponents<WireupComponent> wireups =
                        ComponentLoader.create(parameters).load(WireupSelection.KIND)) {
            boolean isLocal = runtime.locality().isEveryRankHere();
            runtime.jobSecret()
                    .ifPresent(secret -> loaded.components().forEach(one -> one.useJobSecret(secret, isLocal)));
            if (runtime.rank() == 0) {
                check(); // the file is rank 0's host's
                parameters.tell(LOG::warn, LOG::info);
            }
            schemes = Scheme.all(wireups.components());
            Places places = new Places(loaded.components(), parameters);
            if (runtime.rank() == 0) {
                places.absent().forEach(LOG::warn);
            }
            return run(runtime, places.called(device, "rank " + runtime.rank()));
        }
    }

    private static LoadedComponents<VerbsProvider> providers(McaParameters parameters) {
        return ComponentLoader.create(parameters).load(DeviceChoice.kind(parameters));
    }

    private McaParameters parameters() {
        McaParameters.Builder sources = McaParameters.fromProcess().declare(new RuntimeParameters());
        for (int i = 0; i < mca.size(); i += 2) {
            sources.commandLine(mca.get(i), mca.get(i + 1));
        }
        return BtlFramework.load(sources).parameters();
    }

    private int run(JobRuntime runtime, List<Place> places) throws IOException {
        try (Progress shown = Progress.of("conformance", Progress.UNKNOWN, runtime.rank() == 0)) {
            progress = shown;
            return test(runtime, places);
        }
    }

    private int test(JobRuntime runtime, List<Place> places) throws IOException {
        if (runtime.size() == 1) {
            alone(places);
            return report();
        }
        try (Service service = new Service(places, schemes, runtime.locality().isEveryRankHere())) {
            runtime.put(Contact.KEY, service.contact().toBytes());
            runtime.fence(FENCE_MS);
            int status = 0;
            if (runtime.rank() == 0) {
                status = conduct(runtime, places);
            } else {
                runtime.onLauncherLost(lost -> service.end(String.valueOf(lost.getMessage())));
                runtime.onPeerDied(dead -> service.end(dead.sentence()));
                service.run();
            }
            runtime.fence(LAST_FENCE_MS);
            return status;
        }
    }

    private void alone(List<Place> places) {
        for (Place place : best(places)) {
            RankDevice.use(place, null);
            SuiteRun.run(RankDevice.class, place.name() + " to itself", only, this::add);
            for (Scheme scheme : schemes) {
                connectBy(new RankWireup.Setting(scheme, place, null, true), place.name() + " to itself");
            }
        }
    }

    private int conduct(JobRuntime runtime, List<Place> places) throws IOException {
        for (int peer = 1; peer < runtime.size(); peer++) {
            int rank = peer;
            Contact contact = runtime.get(rank, Contact.KEY)
                    .map(Contact::of)
                    .orElseThrow(() -> new ProgramFailure("rank " + rank + " has published nothing"));
            testWith(rank, contact, places, runtime.locality().isEveryRankHere());
            contact.connect(rank, Request.end()).close();
        }
        return report();
    }

    private void testWith(int rank, Contact contact, List<Place> places, boolean isJobLocal) throws IOException {
        List<Place> both = best(places.stream()
                .filter(place -> !portsOf(contact, place).isEmpty())
                .toList());
        if (both.isEmpty()) {
            throw new ProgramFailure(
                    "rank 0 and rank " + rank + " have no kind of device in common: " + contact.places() + " there");
        }
        for (int i = 0; i < both.size(); i++) {
            List<String> there = portsOf(contact, both.get(i));
            String far = there.get(i % there.size());
            String pair = both.get(i).name() + " to rank " + rank + " " + far;
            try (Socket socket = contact.connect(rank, new Request("", far).text());
                    SideLink link = new SideLink(socket.getInputStream(), socket.getOutputStream())) {
                RankDevice.use(both.get(i), link.side());
                SuiteRun.run(RankDevice.class, pair, only, this::add);
            }
            for (Scheme scheme : schemes) {
                connectTo(
                        rank,
                        contact,
                        new Request(scheme.name(), far),
                        new RankWireup.Setting(scheme, both.get(i), null, isJobLocal),
                        pair);
            }
        }
    }

    private void connectTo(int rank, Contact contact, Request request, RankWireup.Setting here, String pair)
            throws IOException {
        try (Socket socket = contact.connect(rank, request.text());
                CallLink link = new CallLink(socket.getInputStream(), socket.getOutputStream())) {
            PeerStage far = link.far(PeerStage.class);
            connectBy(new RankWireup.Setting(here.scheme(), here.place(), far, here.isJobLocal()), pair);
        }
    }

    private void connectBy(RankWireup.Setting setting, String pair) {
        String where = setting.scheme().name() + ", " + pair;
        String refusal = refusal(setting);
        if (refusal.isEmpty()) {
            RankWireup.use(setting);
            SuiteRun.run(RankWireup.class, where, only, this::add);
        } else if (only.isEmpty()) {
            add(new CaseResult("WireupContract", "all", where, Outcome.SKIPPED, 0, refusal, null));
        }
    }

    private static String refusal(RankWireup.Setting setting) {
        PeerStage near = new LocalStage(RankWireup.fabric(setting.place()), setting.scheme()::newComponent);
        String here = near.refusal(setting.isJobLocal());
        PeerStage far = setting.far();
        return here.isEmpty() && far != null ? far.refusal(setting.isJobLocal()) : here;
    }

    private static List<String> portsOf(Contact contact, Place place) {
        String provider = place.source().name() + " ";
        return contact.places().stream()
                .filter(text -> text.startsWith(provider))
                .map(text -> text.substring(provider.length()))
                .toList();
    }

    /** Hardware alone, where there is some. */
    private static List<Place> best(List<Place> places) {
        List<Place> hardware = places.stream().filter(Place::isHardware).toList();
        return hardware.isEmpty() ? places : hardware;
    }

    private void add(CaseResult result) {
        results.add(result);
        Progress shown = shown();
        shown.print(result.line());
        shown.step();
    }

    private Progress shown() {
        Progress shown = progress;
        if (shown == null) {
            throw new IllegalStateException("no case runs");
        }
        return shown;
    }

    private int report() {
        long failed = JunitXml.count(results, Outcome.FAILED);
        shown().print("conformance: " + JunitXml.count(results, Outcome.OK) + " ok, "
                + JunitXml.count(results, Outcome.SKIPPED) + " skipped, " + failed + " failed");
        if (junit != null) {
            JunitXml.write(junit, results);
        }
        if (results.isEmpty()) {
            throw new UsageException("--only " + only + ": no case is called so");
        }
        return failed == 0 ? 0 : CommandLines.FAILED;
    }
}

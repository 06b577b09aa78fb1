package io.openib.btl.openib;

import io.openib.btl.Btl;
import io.openib.btl.BtlComponent;
import io.openib.btl.BtlContext;
import io.openib.btl.BtlException;
import io.openib.mca.ComponentFailure;
import io.openib.mca.ComponentLoader;
import io.openib.mca.Configurable;
import io.openib.mca.LoadedComponents;
import io.openib.mca.McaParameters;
import io.openib.mca.NameWithoutEffect;
import io.openib.mca.OpenMpisAlone;
import io.openib.mca.Parameter;
import io.openib.mca.ParameterDeclarations;
import io.openib.runtime.JobRuntime;
import io.openib.runtime.Launchers;
import io.openib.runtime.OpenibRuntimeException;
import io.openib.runtime.RuntimeParameters;
import io.openib.verbs.VerbsProvider;
import io.openib.wireup.WireupComponent;
import io.openib.wireup.WireupParameters;
import io.openib.wireup.WireupSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The transport {@code openib}: finds devices and wireups, knowing none by name, and joins the job over them. */
public final class OpenibComponent implements BtlComponent {
    private static final Logger LOG = LoggerFactory.getLogger(OpenibComponent.class);
    private static final int EXCLUSIVITY = 1024;

    private final List<VerbsProvider> providers = new ArrayList<>();
    private final List<WireupComponent> wireups = new ArrayList<>();
    private final List<ComponentFailure> failures = new ArrayList<>();

    /** Made by the service loader; opens nothing. */
    public OpenibComponent() {}

    @Override
    public String name() {
        return "openib";
    }

    @Override
    public int spiVersion() {
        return SPI_VERSION;
    }

    @Override
    public int exclusivity() {
        return EXCLUSIVITY;
    }

    @Override
    public void discover(ComponentLoader loader) {
        LoadedComponents<VerbsProvider> foundProviders = loader.load(VerbsParameters.KIND);
        LoadedComponents<WireupComponent> foundWireups = loader.load(WireupSelection.KIND);
        failures.addAll(foundProviders.failures());
        failures.addAll(foundWireups.failures());
        providers.addAll(foundProviders.components());
        wireups.addAll(foundWireups.components());
    }

    @Override
    public List<Parameter<?>> parameters() {
        List<Parameter<?>> all = new ArrayList<>(new OpenibParameters().parameters());
        all.addAll(new VerbsParameters().parameters());
        all.addAll(new WireupParameters().parameters());
        all.addAll(new RuntimeParameters().parameters());
        for (WireupComponent wireup : wireups) {
            all.addAll(wireup.parameters());
        }
        for (VerbsProvider provider : providers) {
            if (provider instanceof ParameterDeclarations declarations) {
                all.addAll(declarations.parameters());
            }
        }
        return all;
    }

    @Override
    public List<NameWithoutEffect> namesWithoutEffect() {
        List<NameWithoutEffect> all = new ArrayList<>(new OpenibParameters().namesWithoutEffect());
        for (WireupComponent wireup : wireups) {
            all.addAll(wireup.namesWithoutEffect());
        }
        for (VerbsProvider provider : providers) {
            if (provider instanceof ParameterDeclarations declarations) {
                all.addAll(declarations.namesWithoutEffect());
            }
        }
        return all;
    }

    @Override
    public List<OpenMpisAlone<?>> openMpisAlone() {
        return List.of(WireupSelection.openMpisAlone(wireups));
    }

    @Override
    public Btl open(BtlContext context) {
        failures.forEach(OpenibComponent::tellLeftOut);
        McaParameters parameters = context.parameters();
        try {
            return openIn(join(context), parameters);
        } catch (OpenibRuntimeException e) {
            throw new BtlException(String.valueOf(e.getMessage()), e);
        }
    }

    private JobRuntime join(BtlContext context) {
        try {
            tellProviders(provider -> {
                if (provider instanceof Configurable configurable) {
                    configurable.configure(context.parameters());
                }
            });
            return Launchers.open(context.environment(), context.parameters());
        } catch (Throwable e) { // whoever cannot join does not know whether it is the first rank of its host
            context.parameters().tell();
            throw e;
        }
    }

    /** Others may have written them: one that throws, and so was not told, is left out. */
    private void tellProviders(Consumer<VerbsProvider> what) {
        providers.removeIf(provider -> {
            try {
                what.accept(provider);
                return false;
            } catch (RuntimeException | LinkageError e) {
                tellLeftOut(new ComponentFailure("provider " + provider.name(), ComponentFailure.why(e)));
                return true;
            }
        });
    }

    private static void tellLeftOut(ComponentFailure failure) {
        LOG.warn("A component is left out: {}", failure);
    }

    /** Opens on a job that has been joined, after a rehearsal; the job is left if that fails. */
    OpenibBtl openIn(JobRuntime runtime, McaParameters parameters) {
        return orLeave(runtime, () -> {
            tellOfParameters(runtime, parameters);
            return rehearseAndOpen(runtime, parameters);
        });
    }

    private OpenibBtl rehearseAndOpen(JobRuntime runtime, McaParameters parameters) {
        boolean isLocal = runtime.locality().isEveryRankHere();
        runtime.jobSecret().ifPresent(secret -> tellProviders(provider -> provider.useJobSecret(secret, isLocal)));
        if (runtime.size() > 1) {
            new Rehearsal(parameters(), parameters, providers, wireups).run();
        }
        return new Opening(runtime, parameters).open(providers, wireups);
    }

    /** Opens on a job that has been joined; it is left when the transport closes, or cannot be opened. */
    static OpenibBtl open(
            JobRuntime runtime,
            McaParameters parameters,
            List<VerbsProvider> providers,
            List<WireupComponent> wireups) {
        return orLeave(runtime, () -> {
            tellOfParameters(runtime, parameters);
            return new Opening(runtime, parameters).open(providers, wireups);
        });
    }

    /**
     * By one rank of each host: environment and files are mostly the same for all of them. Before all else, since what is odd about
     * the parameters may be why the rest fails.
     */
    private static void tellOfParameters(JobRuntime runtime, McaParameters parameters) {
        if (Opening.turn(runtime) == 0) {
            parameters.tell();
        }
    }

    /** Leaves the job when whatever is done in it fails, in whatever way. */
    private static OpenibBtl orLeave(JobRuntime runtime, Supplier<OpenibBtl> opening) {
        try {
            return opening.get();
        } catch (Throwable e) {
            leave(runtime, e);
            throw e;
        }
    }

    private static void leave(JobRuntime runtime, Throwable why) {
        try {
            runtime.close();
        } catch (Throwable e) {
            why.addSuppressed(e);
        }
    }
}

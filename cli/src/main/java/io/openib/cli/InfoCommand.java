package io.openib.cli;

import io.openib.btl.BtlComponent;
import io.openib.btl.BtlFramework;
import io.openib.cli.output.JsonLine;
import io.openib.cli.output.Lines;
import io.openib.cli.output.UsageException;
import io.openib.mca.ComponentFailure;
import io.openib.mca.ParameterValue;
import io.openib.mca.WithoutEffect;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code openib info}: what there is, whether it can be used, and how it is set. */
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        description = "Shows version, devices, wireups and parameters: what can be used, why not, and who set what.")
final class InfoCommand implements Callable<Integer> {
    private static final int HIGHEST_LEVEL = 9;

    @Option(names = "--json", description = "One JSON object a line.")
    private boolean isJson;

    @Option(
            names = "--param",
            paramLabel = "PREFIX",
            description = "Parameters whose names begin so, of every level, and nothing else.")
    private String prefix = "";

    @Option(
            names = "--level",
            paramLabel = "1-9",
            description = "Parameters up to this level: 1 what every user may want to set, 9 (default) all.")
    private int level = HIGHEST_LEVEL;

    @Option(
            names = "--mca",
            arity = "2",
            paramLabel = "NAME VALUE",
            hideParamSyntax = true,
            description = "Sets a parameter, as run does.")
    private List<String> mca = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (level < 1 || level > HIGHEST_LEVEL) {
            throw new ParameterException(spec.commandLine(), "--level " + level + ": give 1 to " + HIGHEST_LEVEL);
        }
        BtlFramework framework = JobChecks.load(mca);
        JobChecks.tell(framework.parameters());
        List<ParameterValue<?>> shown =
                framework.parameters().all().stream().filter(this::isAskedFor).toList();
        List<WithoutEffect> withoutEffect = framework.parameters().withoutEffect().stream()
                .filter(one -> one.name().startsWith(prefix))
                .toList();
        if (shown.isEmpty() && withoutEffect.isEmpty()) {
            String upTo = level < HIGHEST_LEVEL ? " up to level " + level : "";
            throw new UsageException(
                    "--param " + prefix + ": no parameter" + upTo + " begins so; openib info lists all");
        }
        if (prefix.isEmpty()) {
            printVersion();
            framework.components().forEach(this::printTransport);
            framework.failures().forEach(this::printFailure);
            DeviceSurvey.of(framework.parameters()).forEach(port -> printUsability("device", port));
            new WireupSurvey(framework.parameters(), mca).tryAll().forEach(one -> printUsability("wireup", one));
        }
        shown.forEach(this::printParameter);
        withoutEffect.forEach(this::printWithoutEffect);
        return 0;
    }

    private boolean isAskedFor(ParameterValue<?> value) {
        return value.parameter().name().startsWith(prefix)
                && value.parameter().level().number() <= level;
    }

    private void printVersion() {
        print(
                line -> line.put("info", "version")
                        .put("version", ProductVersion.text())
                        .put("java", Runtime.version().toString()),
                "openib " + ProductVersion.text() + " on Java " + Runtime.version());
    }

    private void printTransport(BtlComponent component) {
        print(
                line -> line.put("info", "transport")
                        .put("transport", component.name())
                        .put("exclusivity", component.exclusivity()),
                "transport " + component.name() + ": exclusivity " + component.exclusivity());
    }

    private void printFailure(ComponentFailure failure) {
        print(
                line -> line.put("info", "failure")
                        .put("where", failure.where())
                        .put("reason", failure.reason()),
                "not loaded: " + failure);
    }

    private void printUsability(String kind, Usability usability) {
        print(
                line -> line.put("info", kind)
                        .put(kind, usability.name())
                        .put("available", usability.isUsable())
                        .put("reason", usability.reason()),
                kind + " " + usability.line());
    }

    private void printParameter(ParameterValue<?> value) {
        var parameter = value.parameter();
        String unit = parameter.unit().map(name -> " " + name).orElse("");
        print(
                line -> line.put("info", "parameter")
                        .put("name", parameter.name())
                        .put("value", value.shownText())
                        .put("origin", value.origin().toString())
                        .put("type", parameter.typeName())
                        .put("unit", parameter.unit().orElse(""))
                        .put("level", parameter.level().number())
                        .put("help", parameter.help()),
                "parameter " + parameter.name() + " = \"" + value.shownText() + "\"" + unit + " (" + value.origin()
                        + ", level " + parameter.level().number() + ", " + parameter.typeName() + ")\n    "
                        + parameter.help());
    }

    private void printWithoutEffect(WithoutEffect one) {
        print(
                line -> line.put("info", "without_effect")
                        .put("name", one.name())
                        .put("value", one.shownText())
                        .put("origin", one.origin().toString())
                        .put("reason", one.why()),
                "without effect " + one.name() + " = \"" + one.shownText() + "\" (" + one.origin() + ")\n    "
                        + one.why());
    }

    private void print(JsonLine.Content content, String text) {
        Lines.print(isJson ? JsonLine.of(content) : text);
    }
}

package io.openib.mca;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Reads parameters from HOCON below {@code openib.mca}. Steps of a path are joined by an underscore, so that
 * {@code btl_openib { mtu = 1k }} sets {@code btl_openib_mtu}; a list becomes a comma list.
 */
final class HoconSource {
    private static final String OURS = "openib";
    private static final String ROOT = OURS + ".mca";

    private final List<Setting> settings = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    private HoconSource() {}

    /** What typesafe-config finds by its own rules: system properties, config.file, application and reference. */
    static Source standard() {
        return read(() -> ConfigFactory.defaultOverrides()
                .withFallback(ConfigFactory.defaultApplication())
                .withFallback(ConfigFactory.defaultReferenceUnresolved()));
    }

    /**
     * Reads what is ours.
     *
     * @param supplier gives it unresolved: what the rest of a program's configuration refers to may come later, or never
     */
    static Source read(Supplier<Config> supplier) {
        HoconSource source = new HoconSource();
        try {
            Config whole = supplier.get();
            Config config = whole.withOnlyPath(OURS).resolveWith(whole);
            if (config.hasPath(ROOT)) {
                source.take(config.getConfig(ROOT));
            }
        } catch (ConfigException e) {
            Origin origin = e.origin() == null ? new Origin(Origin.Kind.HOCON, "") : originOf(e.origin());
            source.problems.add(Problems.badFile(origin, Objects.requireNonNullElse(e.getMessage(), e.toString())));
        }
        return new Source(false, source.settings, source.problems);
    }

    private void take(Config config) {
        for (Map.Entry<String, ConfigValue> entry : config.entrySet()) {
            String name = String.join("_", ConfigUtil.splitPath(entry.getKey()));
            Origin origin = originOf(entry.getValue().origin());
            if (hasNested(entry.getValue())) {
                problems.add(Problems.badFile(origin, name + " must be a value or a list of values, not a structure"));
            } else {
                settings.add(new Setting(name, textOf(config, entry.getKey(), entry.getValue()), origin));
            }
        }
    }

    private static boolean hasNested(ConfigValue value) {
        return value.unwrapped() instanceof List<?> list
                && list.stream().anyMatch(element -> element instanceof List || element instanceof Map);
    }

    private static String textOf(Config config, String path, ConfigValue value) {
        return value.valueType() == ConfigValueType.LIST
                ? config.getStringList(path).stream().collect(Collectors.joining(","))
                : config.getString(path);
    }

    private static Origin originOf(ConfigOrigin origin) {
        String file = origin.filename() == null ? origin.resource() : origin.filename();
        return new Origin(
                Origin.Kind.HOCON,
                file == null || origin.lineNumber() < 0 ? origin.description() : file + ":" + origin.lineNumber());
    }
}

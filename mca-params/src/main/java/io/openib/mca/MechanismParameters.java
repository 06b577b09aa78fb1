package io.openib.mca;

import java.nio.file.Path;
import java.util.List;

/** The parameters of the mechanism itself. */
public final class MechanismParameters implements ParameterDeclarations {
    /** Directories whose jars may hold components. */
    public static final Parameter<List<Path>> COMPONENT_PATH = Parameter.paths("mca_component_path")
            .synonym("mca_base_component_path")
            .defaultValue(List.of())
            .level(Level.USER_BASIC)
            .help("Directories whose jars are searched for further components.")
            .build();

    /** Parameter files in place of the two standard ones. */
    public static final Parameter<List<Path>> PARAM_FILES = Parameter.files("mca_base_param_files")
            .synonym("mca_param_files")
            .defaultValue(List.of())
            .level(Level.USER_DETAIL)
            .help("Parameter files to read, strongest first, in place of ~/.openmpi/mca-params.conf and the system's; "
                    + "\"none\" reads no file.")
            .build();

    /** What {@code mpirun -tune} hands on. */
    public static final Parameter<List<Path>> TUNE_FILES = Parameter.files("mca_base_envar_file_prefix")
            .defaultValue(List.of())
            .level(Level.USER_ALL)
            .help("Parameter files that beat all others but the override file, strongest first; mpirun -tune sets it.")
            .build();

    /** What {@code mpirun -am} hands on. */
    public static final Parameter<List<Path>> AMCA_FILES = Parameter.files("mca_base_param_file_prefix")
            .defaultValue(List.of())
            .level(Level.USER_ALL)
            .help("Parameter files that beat those of mca_base_param_files, strongest first; mpirun -am sets it.")
            .build();

    /** Where those two are looked for. */
    public static final Parameter<List<Path>> FILE_PATH = Parameter.paths("mca_base_param_file_path")
            .defaultValue(List.of(Path.of("/usr/share/openmpi/amca-param-sets"), Path.of(".")))
            .level(Level.USER_ALL)
            .help(
                    "Directories in which files of mca_base_envar_file_prefix and mca_base_param_file_prefix are looked for that are"
                            + " named without one.")
            .build();

    /** Creates the declarations; there is nothing in them but the constants. */
    public MechanismParameters() {}

    @Override
    public List<Parameter<?>> parameters() {
        return List.of(COMPONENT_PATH, PARAM_FILES, TUNE_FILES, AMCA_FILES, FILE_PATH);
    }
}

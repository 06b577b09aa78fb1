package io.openib.tests.arch;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.util.function.BiPredicate;

/** What ArchUnit holds. */
final class HouseRules {
    static final ArchRule MODULE_ARROWS =
            eachDependency("go only along the arrows of the design", Arrows::isArrowAllowed);

    static final ArchRule CONFINED_THIRD_PARTIES =
            eachDependency("name third parties only where they are confined", Arrows::isThirdPartyAllowed);

    static final ArchRule OPENIB_RANKS =
            eachDependency("go only to a lower rank within btl-openib", Arrows::isRankAllowed);

    static final ArchRule PROGRAMS_BY_THE_CONTRACT =
            eachDependency("let the programs name the contract of transports alone", Arrows::isForPrograms);

    static final ArchRule NO_PACKAGE_CYCLES =
            slices().matching("io.openib.(**)").should().beFreeOfCycles();

    /** Programs bring netty, and their own comes first: 4.1 as well as 4.2, which has new kinds of event loops. */
    static final ArchRule NETTY_OF_EITHER_RELEASE = ArchRuleDefinition.noClasses()
            .that()
            .resideInAPackage("io.openib..")
            .should()
            .dependOnClassesThat()
            .haveNameMatching("io\\.netty\\.channel\\.([a-z]+\\.)*[A-Za-z]*Io[A-Z].*");

    private HouseRules() {}

    private static ArchRule eachDependency(String description, BiPredicate<String, String> isAllowed) {
        return ArchRuleDefinition.classes()
                .that()
                .resideInAPackage("io.openib..")
                .should(new ArchCondition<>(description) {
                    @Override
                    public void check(JavaClass from, ConditionEvents events) {
                        for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                            String target = dependency.getTargetClass().getPackageName();
                            if (!isAllowed.test(from.getPackageName(), target)) {
                                events.add(SimpleConditionEvent.violated(from, dependency.getDescription()));
                            }
                        }
                    }
                });
    }
}

/* The keys at the top of a study. */
#include "study/inputs.h"

#define DEPENDENCE struct flc_dependence_inputs
static const flc_option dependence_options[] = {
    {"pair", FLC_OPTION_TEXT_LIST, offsetof(DEPENDENCE, pair), FLC_REQUIRED, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, NULL, NULL, "Paths of two uncertain quantities."},
    FLC_QUANTITY_REQUIRED("rank", DEPENDENCE, rank, FLC_PERSISTENCE, "1",
                          "Spearman's rank correlation between them, a number."),
};
static FLC_SECTION(dependence_section, DEPENDENCE, "dependence", dependence_options,
                   "A rank correlation between two quantities, by a Gaussian copula.");

#define TARGET struct flc_target_inputs
static const flc_option target_options[] = {
    {"output", FLC_OPTION_TEXT, offsetof(TARGET, output), FLC_REQUIRED, 0.0, NULL, FLC_ANY_NUMBER,
     false, NULL, NULL, NULL,
     "Program (or portfolio) and output: MEP/leverage_ratio, MEP/outcome_gross/jobs."},
    {"fiscal_year",
     FLC_OPTION_INTEGER,
     offsetof(TARGET, fiscal_year),
     FLC_DEFAULT,
     0.0,
     NULL,
     {0.0, 2300.0, false, false, true},
     false,
     "fiscal year",
     NULL,
     NULL,
     "Year of an output by fiscal year; 0: an output over the horizon."},
    FLC_QUANTITY_DERIVED("at_least", TARGET, at_least, "one of at_least and at_most is given",
                         FLC_ANY_NUMBER, "of the output", "Smallest value that meets the target."),
    FLC_QUANTITY_DERIVED("at_most", TARGET, at_most, "one of at_least and at_most is given",
                         FLC_ANY_NUMBER, "of the output", "Largest value that meets the target."),
};
static FLC_SECTION(target_section, TARGET, "target", target_options,
                   "How often is a threshold reached?");

#define STUDY struct flc_study_inputs
static const flc_option study_options[] = {
    {"fulcrum",
     FLC_OPTION_INTEGER,
     offsetof(STUDY, version),
     FLC_REQUIRED,
     0.0,
     NULL,
     {1.0, 1.0, false, false, true},
     false,
     NULL,
     NULL,
     NULL,
     "Version of the format of studies: 1."},
    {"include", FLC_OPTION_TEXT_LIST, offsetof(STUDY, include), FLC_DEFAULT, 0.0, NULL,
     FLC_ANY_NUMBER, true, NULL, NULL, NULL,
     "Files with parts of the study, each relative to the file that names it; what they say is put "
     "before what this file says, and nothing may be given twice."},
    {"title", FLC_OPTION_TEXT, offsetof(STUDY, title), FLC_DERIVED, 0.0, "no title", FLC_ANY_NUMBER,
     false, NULL, NULL, NULL, "What the study is about, one line."},
    {"title_zh", FLC_OPTION_TEXT, offsetof(STUDY, title_zh), FLC_DERIVED, 0.0, "no title",
     FLC_ANY_NUMBER, false, NULL, NULL, NULL, "The title in Chinese."},
    {"horizon", FLC_OPTION_SECTION, offsetof(STUDY, model.horizon), FLC_REQUIRED, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, NULL, &flc_horizon_section, "The years simulated."},
    FLC_SUBSECTION("macro", STUDY, model.macro, flc_macro_section, "The macro-economy."),
    FLC_SUBSECTION("accounts", STUDY, model.accounts, flc_accounts_section,
                   "How benefits and costs are valued."),
    FLC_SUBSECTION("portfolio", STUDY, model.portfolio, flc_portfolio_section,
                   "The programs together."),
    {"programs", FLC_OPTION_MAP, offsetof(STUDY, model.programs), FLC_REQUIRED, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, NULL, &flc_program_section, "The programs by key."},
    {"dependence", FLC_OPTION_LIST, offsetof(STUDY, dependence), FLC_DEFAULT, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, NULL, &dependence_section, "Rank correlations."},
    {"targets", FLC_OPTION_LIST, offsetof(STUDY, targets), FLC_DEFAULT, 0.0, NULL, FLC_ANY_NUMBER,
     false, NULL, NULL, &target_section, "Thresholds whose probability is asked."},
    {"references", FLC_OPTION_TEXT_MAP, offsetof(STUDY, references), FLC_DEFAULT, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, NULL, NULL, "Sources cited, by id."},
};
FLC_SECTION(flc_study_section, STUDY, "study", study_options,
            "A study: programs, their uncertainty, and what is asked of them.");

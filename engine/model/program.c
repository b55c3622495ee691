/* Keys of a program: its instrument and its sections. */
#include "model/inputs.h"

#define PROGRAM struct flc_program_inputs
static const char *const instruments[] = {"grant", "reimbursement", "prize",
                                          "fund",  "guarantee",     NULL};
static const flc_option program_options[] = {
    {"instrument", FLC_OPTION_CHOICE, offsetof(PROGRAM, instrument), FLC_REQUIRED, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, instruments, NULL, "How the money is paid out."},
    {"budget", FLC_OPTION_SECTION, offsetof(PROGRAM, budget), FLC_REQUIRED, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, NULL, &flc_budget_section, "Federal money by year."},
    FLC_SUBSECTION("units", PROGRAM, units, flc_units_section, "Who receives it."),
    FLC_SUBSECTION("taper", PROGRAM, taper, flc_taper_section, "How it falls with age."),
    FLC_SUBSECTION("match", PROGRAM, match, flc_match_section, "What partners add."),
    FLC_SUBSECTION("revenue", PROGRAM, revenue, flc_revenue_section, "What units earn."),
    {"cost", FLC_OPTION_SECTION, offsetof(PROGRAM, cost), FLC_DERIVED, 0.0,
     "must be given for instruments with units", FLC_ANY_NUMBER, false, NULL, NULL,
     &flc_cost_section, "What units cost."},
    {"reimbursement", FLC_OPTION_SECTION, offsetof(PROGRAM, reimbursement), FLC_DERIVED, 0.0,
     "for instrument reimbursement", FLC_ANY_NUMBER, false, NULL, NULL, &flc_reimbursement_section,
     "Parameters of instrument reimbursement."},
    {"prize", FLC_OPTION_SECTION, offsetof(PROGRAM, prize), FLC_DERIVED, 0.0,
     "for instrument prize", FLC_ANY_NUMBER, false, NULL, NULL, &flc_prize_section,
     "Parameters of instrument prize."},
    {"fund", FLC_OPTION_SECTION, offsetof(PROGRAM, fund), FLC_DERIVED, 0.0, "for instrument fund",
     FLC_ANY_NUMBER, false, NULL, NULL, &flc_fund_section, "Parameters of instrument fund."},
    {"guarantee", FLC_OPTION_SECTION, offsetof(PROGRAM, guarantee), FLC_DERIVED, 0.0,
     "for instrument guarantee", FLC_ANY_NUMBER, false, NULL, NULL, &flc_guarantee_section,
     "Parameters of instrument guarantee."},
    {"outcomes", FLC_OPTION_MAP, offsetof(PROGRAM, outcomes), FLC_DEFAULT, 0.0, NULL,
     FLC_ANY_NUMBER, false, NULL, NULL, &flc_outcome_section, "What it moves, by name."},
    FLC_QUANTITY("overlap", PROGRAM, overlap, 0.0, FLC_SHARE, "1",
                 "Share of net outcomes that other programs of the portfolio also claim."),
};
FLC_SECTION(flc_program_section, PROGRAM, "program", program_options, "A funding program.");

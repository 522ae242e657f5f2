"""Every numbered sanity check of the method files (shared/methods, last sections), and the tests that hold it.

The table is itself tested: each test that it names is there, and each method file that is at hand has as many checks.
"""

import ast
import functools
import os
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
NUMBERS = {
    "maml": "core/methods/test_maml_numbers.py",
    "platipus": "core/methods/test_platipus_numbers.py",
    "ftml": "core/methods/test_ftml_numbers.py",
    "mt_net": "core/methods/test_mt_net_numbers.py",
    "predict_from_activations": "core/methods/test_predict_rows_numbers.py",
    "leo": "core/methods/test_leo_numbers.py",
    "sca": "core/methods/test_sca_numbers.py",
    "mtl": "core/methods/test_mtl_numbers.py",
    "mmaml": "core/methods/test_mmaml_numbers.py",
    "hsml": "core/methods/test_hsml_numbers.py",
    "mixture": "core/methods/test_mixture_numbers.py",
    "maml++": "core/methods/test_maml_pp_numbers.py",
    "anil": "core/methods/test_subsets.py",
    "boil": "core/methods/test_subsets.py",
    "cavia": "core/methods/test_cavia_numbers.py",
    "imaml": "core/methods/test_imaml_numbers.py",
    "task_distributions": "core/tasks/test_families.py",
}
"""Where the tests of a file stand that are named without a place below."""
EVERY, SUBSETS, TRAINED = (
    "core/methods/test_every_method.py",
    "core/methods/test_subsets.py",
    "core/methods/test_trained.py",
)
NEUTRAL = f"{EVERY}::test_where_its_extra_is_neutral_it_is_a_known_method"
SLOPES = f"{EVERY}::test_the_gradient_equals_central_differences"
ONLINE = "core/training/test_online.py"
MOVED = f"{SUBSETS}::test_adaptation_moves_the_chosen_tensors_and_no_bit_of_the_others"
LISTED = f"{SUBSETS}::test_all_names_listed_are_the_plain_method_bit_for_bit"
NO_STEP = f"{SUBSETS}::test_without_a_step_it_is_multi_task_training_and_both_orders_agree"
NO_SIZE = f"{SUBSETS}::test_a_step_size_of_zero_adapts_nothing"

CHECKS: dict[str, dict[str, tuple[str, ...]]] = {
    "maml": {
        "1": (
            "test_check_1_maml_on_a_quadratic", "test_check_1_with_another_query_loss",
            "test_check_1_reptile_moves_towards_the_adapted_weights",
        ),
        "2": ("test_check_2_maml_on_a_quartic",),
        "3": (
            "test_check_3_maml_on_the_tiny_net", "test_check_3_weights_of_the_tiny_net_after_one_step",
            "test_check_3_a_step_size_of_zero_gives_the_plain_query_gradient",
        ),
        "4": ("test_check_4_outer_descent_reaches_the_fixed_point_from_any_start",),
        "5": (
            "test_check_5_meta_sgd_on_a_quadratic",
            "test_check_5_the_learned_rate_of_a_quadratic_is_the_one_step_solution",
        ),
        "6": (
            "test_check_6_predicting_zero_on_the_sinusoid",
            "test_check_6_the_best_task_independent_predictor_is_a_cosine",
            "test_check_6_with_a_frequency_the_best_task_independent_predictor_leaves_more",
            "test_check_6_pooled_training_plateaus_at_the_best_task_independent_predictor",
        ),
        "7": (
            "test_check_7_the_sum_over_shots_is_the_mean_with_ways_times_the_step",
            "test_check_7_parameter_counts_of_the_convolutional_networks",
            "test_check_7_parameter_count_of_the_sinusoid_network",
        ),
        "8": ("test_check_8_gradient_of_a_smooth_net_equals_central_differences", SLOPES),
    },
    "platipus": {
        "1": (NEUTRAL, "test_tiny_spreads_leave_maml"),
        "2": ("test_a_use_without_spread_and_with_mamls_step_to_the_mean_is_maml_with_one_more_step",),
        "3": ("test_the_worked_example_in_expectation", "test_the_worked_example_in_first_order"),
        "4": (
            "test_one_fixed_sample",
            "test_many_drawn_samples_have_the_expected_query_loss_of_the_closed_form",
        ),
        "5": ("test_the_stationary_spreads",),
        "6": ("test_the_divergence_of_two_gaussians",),
        "7": (
            "core/tasks/test_families.py::test_the_second_moment_of_a_family_is_the_exact_one",
            "core/tasks/test_families.py::test_noise_is_on_support_and_query_and_is_the_floor",
            "core/tasks/test_boundary.py::test_so_many_points_of_the_square_lie_inside_a_circle",
        ),
        "8": (
            f"{TRAINED}::test_platipus_differs_where_a_task_is_ambiguous_agrees_where_it_is_not_and_says_how_sure_it_is",
            "test_samples_differ_where_a_direction_is_not_tied_down_and_agree_where_it_is",
        ),
    },
    "ftml": {
        "1": (
            f"{ONLINE}::test_the_regret_of_ftml_on_the_quadratic_stream",
            f"{ONLINE}::test_follow_the_leader_on_the_quadratic_stream",
        ),
        "2": (
            f"{ONLINE}::test_ftmls_regret_grows_like_a_logarithm",
            f"{ONLINE}::test_the_regret_of_following_the_plain_leader_grows_with_every_round",
        ),
        "3": (
            f"{ONLINE}::test_the_method_itself_leads_as_the_closed_form_says",
            f"{ONLINE}::test_tasks_of_one_curvature_have_the_mean_of_their_centres_whoever_leads",
        ),
        "4": (f"{ONLINE}::test_the_meta_loss_keeps_the_curvature_bounds",),
        "5": (
            "core/data/test_rainbow.py::test_there_are_56_ways_to_draw",
            "core/data/test_rainbow.py::test_the_full_set_is_56_tasks_of_900_disjoint_digits_and_171_held_out",
            "core/data/test_rainbow.py::test_half_scale_is_ground_outside_the_middle",
            "core/data/test_rainbow.py::test_a_digit_is_turned_exactly",
            "core/tasks/test_rainbow.py::test_nothing_of_a_ground_and_ink_is_exactly_the_colour_and_white",
        ),
        "6": (
            f"{ONLINE}::test_the_first_time_counts_and_a_round_that_never_gets_there_is_kept",
            f"{ONLINE}::test_all_that_is_looked_at_leaves_the_meta_parameters_as_they_were",
            NEUTRAL,
        ),
        "7": ("test_the_smoothed_loss_cannot_fall_below_the_entropy_of_its_target",),
        "8": ("core/tasks/test_stream.py::test_tasks_are_drawn_uniformly_whatever_they_hold",),
    },
    "mt_net": {
        "1": (NEUTRAL,),
        "2": ("test_with_every_unit_shut_nothing_adapts_and_the_logits_still_learn",),
        "3": (
            "test_the_scalar_layer_has_the_derived_loss_and_gradients",
            "test_first_order_drops_the_metrics_second_path",
            "test_a_shut_mask_leaves_the_layer_where_it_was",
            "test_a_logits_gradient_is_the_masks_slope_times_the_softs",
            "test_half_the_draws_give_the_expected_loss",
        ),
        "4": ("test_a_step_moves_the_output_by_the_metric_inside_the_open_units",),
        "5": ("test_gumbel_statistics",),
        "6": ("test_an_adapted_network_is_a_plain_one_with_the_metric_folded_in",),
        "7": ("test_below_a_batch_norm_the_metrics_scale_does_not_matter",),
        "8": (
            "test_a_polynomial_of_degree_d_stays_within_d_plus_1",
            f"{TRAINED}::test_tasks_of_order_zero_end_in_constants",
        ),
    },
    "predict_from_activations": {
        "1": ("test_check_1_phi_begins_as_the_nearest_class_by_cosine",),
        "2": ("test_check_2_rows_have_length_1_whatever_the_length_of_the_statistic",),
        "3": ("test_check_3_queries_of_length_0_lose_the_logarithm_of_the_number_of_classes",),
        "4": (
            "test_check_4_the_mean_is_shown_as_often_as_the_setting_says",
            "test_a_single_statistic_is_one_activation_of_its_class_and_never_padding",
        ),
        "5": (
            "test_check_5_only_phi_has_a_gradient",
            "test_check_5_training_changes_four_tensors_and_no_bit_of_the_body",
        ),
        "6": ("test_check_6_another_order_of_classes_orders_rows_and_answers",),
        "7": ("test_check_7_five_copies_of_a_shot_are_one_shot",),
        "8": ("test_check_8_entries_of_w1_by_central_differences", SLOPES),
        "9": ("test_check_9_the_rows_are_a_plain_linear_layer",),
    },
    "leo": {
        "1": ("test_with_step_sizes_of_0_the_weights_are_the_decoded_means_and_the_penalty_is_0",),
        "2": ("test_use_is_the_same_bit_for_bit_and_training_draws",),
        "3": ("test_three_latent_steps_of_the_official_toy",),
        "4": ("test_the_divergence_from_the_standard_normal",),
        "5": ("test_orthogonal_directions_cost_nothing_and_equal_ones_almost_1",),
        "6": ("test_the_penalty_trains_the_encoder_alone", "test_training_changes_every_step_size"),
        "7": (
            "test_the_order_of_the_support_set_does_not_matter",
            "test_other_numbers_for_the_classes_are_other_rows",
        ),
        "8": ("test_copies_take_a_step_of_their_share",),
        "9": (
            "test_the_papers_size_has_172736_parameters_whatever_the_ways",
            "test_the_relation_of_five_by_five_looks_at_625_pairs",
        ),
        "10": (SLOPES,),
    },
    "sca": {
        "1": (
            "test_check_1_a_critic_step_of_size_0_leaves_the_predictions",
            "test_check_1_at_rate_0_the_outer_gradient_is_mamls",
            NEUTRAL,
        ),
        "2": ("test_check_2_the_labels_of_the_query_set_move_nothing",),
        "3": ("test_check_3_the_order_of_the_queries_only_orders_the_predictions",),
        "4": (
            "test_check_4_the_critic_learns_through_its_step_also_in_first_order",
            "test_check_4_without_weight_behind_the_critic_it_has_no_gradient",
        ),
        "5": ("test_check_5_the_dilated_critic_of_five_ways_has_15552_numbers",),
        "6": ("test_check_6_the_second_loss_weighs_more_with_every_epoch",),
        "7": ("test_check_7_with_entropy_for_a_critic_one_small_step_lowers_it",),
        "8": ("test_check_8_every_entry_of_a_critic_layer_by_central_differences", SLOPES),
        "9": ("test_check_9_without_critic_steps_it_is_maml",),
    },
    "mtl": {
        "1": (NEUTRAL, "test_scales_of_one_and_shifts_of_zero_leave_the_pretrained_embeddings_to_the_last_bit"),
        "2": (
            "test_scales_and_shifts_number_as_in_the_paper",
            "test_the_frozen_body_gets_no_gradient",
            "test_training_changes_scales_shifts_and_classifier_and_no_bit_of_the_body",
        ),
        "3": ("test_without_a_step_or_a_step_size_both_orders_agree",),
        "4": (
            "test_with_running_statistics_scales_and_shifts_act_and_with_the_batchs_a_shift_does_not",
            "test_the_scale_of_channels_is_lost_in_batch_statistics_and_acts_under_frozen_ones",
        ),
        "5": ("test_in_first_order_the_body_hears_of_the_query_alone",),
        "6": (
            "test_a_hundred_small_steps_lower_the_support_loss_every_time",
            "test_a_hundred_steps_from_a_classifier_of_zeros_lose_less_than_the_logarithm_of_the_ways",
        ),
        "7": ("test_folded_weights_are_a_plain_network_of_the_same_outputs",),
        "8": (
            "core/training/test_hard_tasks.py::test_a_class_that_always_fails_is_named_by_its_id_in_the_data_set",
            "core/training/test_hard_tasks.py::test_hard_tasks_hold_failed_classes_alone_where_those_are_enough",
        ),
        "9": ("test_a_classifier_of_small_logits_loses_the_logarithm_of_the_ways",),
    },
    "mmaml": {
        "1": (NEUTRAL, "test_with_silent_heads_every_step_is_clamped_mamls_bit_for_bit"),
        "2": ("test_the_operators_have_the_derived_values",),
        "3": (
            "test_the_published_sizes",
            "core/nets/test_recurrent.py::test_mmamls_two_layer_encoder_has_its_published_size",
        ),
        "4": ("test_with_a_step_of_0_adaptation_is_modulation_alone_and_the_encoder_still_learns",),
        "5": ("test_sorted_points_make_the_order_of_a_support_set_mean_nothing",),
        "6": (
            f"{TRAINED}::test_a_modulation_of_another_mode_makes_mmaml_clearly_worse",
            "test_silent_heads_have_no_spread",
        ),
        "7": (SLOPES,),
    },
    "hsml": {
        "1": (NEUTRAL, "test_with_gates_of_one_every_step_is_mamls_bit_for_bit"),
        "2": ("test_one_leaf_takes_every_task_and_its_centre_has_no_gradient",),
        "3": ("test_equal_leaves_share_equally", "test_the_order_of_leaves_does_not_matter"),
        "4": ("test_the_shares_of_two_leaves_are_the_derived_ones",),
        "5": ("test_gates_without_weights_and_offset_halve_the_start",),
        "6": (
            "test_without_reconstruction_the_decoder_has_no_gradient",
            "test_with_a_step_of_0_the_centres_still_learn_through_the_gate",
        ),
        "7": ("test_a_much_larger_loss_wakes_a_leaf_up_to_the_capacity",),
    },
    "mixture": {
        "1": (NEUTRAL, "test_one_component_is_maml"),
        "2": ("test_identical_components_share_equally_and_each_has_mamls_gradient_by_their_number",),
        "3": ("test_responsibilities_of_two_losses",),
        "4": ("test_a_new_table_of_the_restaurant_has_its_concentrations_share", "test_equal_losses_give_no_birth"),
        "5": ("test_the_order_of_components_does_not_matter", "test_adams_moments_follow_their_components"),
        "6": (
            "test_cold_is_hard_and_hot_is_uniform",
            "test_cold_soft_assignment_has_the_gradient_and_the_prediction_of_the_hard_one",
        ),
        "7": ("test_the_gradient_of_the_marginal_is_the_weighted_gradient",),
        "8": (
            f"{TRAINED}::test_two_starts_divide_tasks_sharply_and_lose_less_than_one",
            f"{TRAINED}::test_modes_and_components_are_nearly_a_permutation_for_most_seeds",
        ),
    },
    "maml++": {
        "a": (NEUTRAL,),
        "b": ("test_the_weights_sum_to_one",),
        "c": ("test_with_one_step_the_multi_step_loss_changes_nothing",),
        "d": ("test_step_sizes_of_zero_leave_the_start_and_still_learn",),
        "e": ("test_first_order_is_the_weighted_sum_of_the_query_gradients",),
    },
    "anil": {
        "a": (LISTED,),
        "b": (MOVED, "test_anil_changes_a_head_of_classes_times_features_and_classes_numbers"),
        "c": (NO_STEP,),
        "d": ("test_anils_first_step_from_a_zero_head_has_a_closed_form",),
        "e": ("test_anils_body_gradient_differs_between_first_and_second_order", NO_STEP),
    },
    "boil": {
        "a": (MOVED,),
        "b": (LISTED,),
        "c": (NO_STEP, NO_SIZE),
        "d": (f"{TRAINED}::test_boil_is_at_chance_before_its_step_and_far_above_after",),
    },
    "cavia": {
        "a": ("test_only_the_context_is_carried_and_it_starts_at_zero",),
        "b": ("test_a_step_size_of_zero_is_the_network_at_the_zero_context",),
        "c": ("test_the_order_of_tasks_changes_nothing",),
        "d": (f"{TRAINED}::test_a_context_of_two_numbers_holds_amplitude_and_phase",),
        "e": ("test_without_a_step_the_orders_agree",),
    },
    "imaml": {
        "a": ("test_on_a_quadratic_both_have_closed_forms", "test_curvature_one_and_pull_one_give_one_half"),
        "b": ("test_the_solver_reaches_the_solution_in_as_many_iterations_as_there_are_dimensions",),
        "c": ("test_a_strong_pull_leaves_the_query_gradient_of_the_start",),
        "d": ("test_with_the_inner_problem_solved_it_is_the_slope_of_the_query_loss",),
        "e": (f"{TRAINED}::test_the_memory_of_imaml_is_flat_in_the_inner_steps_and_mamls_is_not",),
    },
    "task_distributions": {
        "1": ("test_the_second_moment_of_a_family_is_the_exact_one",),
        "2": ("core/data/test_omniglot.py::test_the_split_vinyals_is_the_list_of_the_literature",),
        "3": (
            "core/tasks/test_omniglot.py::test_every_label_is_as_likely_for_every_class",
            "core/tasks/test_classes.py::test_classes_of_a_task_and_pictures_of_support_and_query_are_distinct",
        ),
        "4": (
            "core/tasks/test_fixed.py::test_two_processes_draw_the_same_list",
            "core/tasks/test_omniglot.py::test_two_processes_draw_the_same_list",
        ),
        "5": ("core/tasks/test_omniglot.py::test_the_nearest_picture_is_right_in_about_52_percent",),
        "6": ("core/data/test_omniglot.py::test_ink_is_bright_and_sparse_and_no_drawing_is_blank",),
    },
}  # fmt: skip
ROWS = [(file, number, name) for file, checks in CHECKS.items() for number, names in checks.items() for name in names]


@functools.cache
def functions(path):
    return {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "number", "name"), ROWS)
def test_the_test_of_a_check_is_there(file, number, name):
    place, _, function = name.rpartition("::")
    assert function in functions(TESTS / (place or NUMBERS[file]))


def method_files():
    data = os.environ.get("HEADSTART_TEST_DATA")
    folder = Path(data).parent / "methods" if data else TESTS.parents[1] / "shared" / "methods"
    return folder if folder.is_dir() else None


@pytest.mark.skipif(method_files() is None, reason="the method files lie beside a checkout of the authors alone")
@pytest.mark.parametrize("file", [file for file in CHECKS if next(iter(CHECKS[file])).isdigit()])
def test_no_check_of_a_method_file_is_forgotten(file):
    """Numbers at the start of a line, or behind a sentence, of the file's section of sanity checks."""
    text = (method_files() / f"{file}.md").read_text(encoding="utf-8")
    section = re.split(r"^## ", text[re.search(r"^## .*[Ss]anity checks", text, re.M).end() :], flags=re.M)[0]
    counted, wanted = [], 1
    for number in re.findall(r"(?:^|\. |^\s)(\d+)\. ", section, re.M):
        if int(number) == wanted:
            counted.append(number)
            wanted += 1
    assert counted == list(CHECKS[file])

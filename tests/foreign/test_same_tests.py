"""The tests of the contract that rest on no code of the curated tables, once more on the small foreign store."""

import pytest

from tests.api.catalogue.test_catalogue import (
    test_a_dataset_has_as_many_figures_as_it_says_and_all_its_files_have_them,
    test_every_address_of_the_catalogue_answers,
    test_the_data_package_describes_the_csv_of_every_table,
)
from tests.api.data.test_lake import (
    lake,
    test_it_has_every_figure_as_the_api_says_it,
    test_the_manifest_and_the_checksums_are_of_the_files,
)
from tests.api.data.test_releases_api import (
    test_a_package_holds_every_table_and_its_checksums_are_right,
    test_every_reference_of_a_package_leads_to_a_row_of_it,
    test_the_records_of_the_newest_release_are_those_that_are_public,
)
from tests.api.formats.test_formats_same_rows import test_every_list_is_the_same_in_every_format
from tests.api.http.test_http_language import test_every_answer_says_its_language_and_switches_names
from tests.api.http.test_http_rules import (
    answers,
    plain,
    test_an_unknown_code_in_the_path_is_404_and_suggests_the_nearest,
    test_get_answers_any_origin,
    test_head_says_the_same_without_a_body,
    test_the_root_lists_addresses_that_answer,
)
from tests.api.http.test_openapi import (
    description,
    descriptions,
    registry,
    test_answers_fit_their_schema,
    test_it_has_not_changed_unless_that_is_meant,
)
from tests.api.pxweb.test_pxweb import (
    px,
    test_every_figure_is_in_its_table_once_in_the_unit_of_its_indicator,
    test_goals_have_their_status,
    test_tables_are_indicators_of_a_topic_with_the_same_breakdowns,
)
from tests.api.sdmx.test_sdmx_structures import (
    test_all_codes_of_the_data_are_in_their_codelists,
    test_areas_are_the_regions_with_their_tree_and_both_names,
    test_every_component_has_a_concept_and_every_coded_one_its_codelist,
    test_the_data_structure_has_the_components_of_the_contract_in_their_order,
    test_the_structures_of_json_1_are_those_of_xml,
)

pytestmark = [pytest.mark.django_db, pytest.mark.stores_alike, pytest.mark.usefixtures("foreign")]

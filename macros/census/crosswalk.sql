{#
    The crosswalk: what each harmonised column was called in each census year's delivery, and how its text is read.
    This is the one place to change when a delivery differs, or a year is added (DECISIONS.md D2).

    Kinds: identifier (text as given), code (upper-cased, checked against its code list),
    date, flag, integer, month, year, decimal, text. A span `2010-` runs to the newest year.
    A column with no span for a year was not collected, or not supplied, in that year (the paper's Table 2).
#}
{% macro cin_crosswalk() %}
{% set columns %}
academic_year_label:         {kind: text,       header: {2009-: CIN_ACADYR}}
local_authority_code:        {kind: identifier, header: {2009: CIN_CIN_LA, 2010-: CIN_LA}}
local_child_id:              {kind: identifier, header: {2009-: CIN_LAchildID_Anon}}
pupil_matching_ref:          {kind: identifier, header: {2009-: CIN_PupilMatchingRefAnonymous}}
birth_month:                 {kind: month,      header: {2009-: CIN_MonthOfBirth}}
birth_year:                  {kind: year,       header: {2009-: CIN_YearOfBirth}}
is_unborn:                   {kind: flag,       header: {2009-: CIN_UNBORN}}
sex_code:                    {kind: code,       header: {2009-2024: CIN_Gender, 2025-: CIN_Sex}}
ethnicity_code:              {kind: code,       header: {2009-: CIN_Ethnicity}}
has_disability:              {kind: flag,       header: {2009-: CIN_Disability}}
death_date:                  {kind: date,       header: {2010-: CIN_PersonDeathDate}}
is_seeking_asylum:           {kind: flag,       header: {2009-2010: CIN_AsylumSeeking}}
is_adopted_from_care:        {kind: flag,       header: {2009-2010: CIN_LookedAfterChildAdopted}}
income_deprivation_score:    {kind: decimal,    header: {2009: CIN_IDACI_Score}}
referral_date:               {kind: date,       header: {2009-2012: CIN_ReferralDate, 2013-: CIN_CINReferralDate}}
referral_source_code:        {kind: code,       header: {2014-: CIN_ReferralSource}}
primary_need_code:           {kind: code,       header: {2009-: CIN_PrimaryNeedCode}}
is_no_further_action:        {kind: flag,       header: {2010-: CIN_ReferralNFA}}
closure_date:                {kind: date,       header: {2009-: CIN_CINClosureDate}}
closure_reason_code:         {kind: code,       header: {2009-: CIN_ReasonForClosure}}
initial_conference_date:     {kind: date,       header: {2010-: CIN_DateOfInitialCPC}}
is_on_protection_plan:       {kind: flag,       header: {2010: CIN_CPPindicator}}
plan_start_date:             {kind: date,       header: {2009: CIN_CPPstartDate, 2013-: CIN_CPPstartDate}}
plan_end_date:               {kind: date,       header: {2009: CIN_CPPendDate, 2013-: CIN_CPPendDate}}
initial_abuse_category_code: {kind: code,       header: {2009: CIN_CategoryOfAbuse, 2013-: CIN_InitialCategoryOfAbuse}}
latest_abuse_category_code:  {kind: code,       header: {2013-: CIN_LatestCategoryOfAbuse}}
n_previous_plans:            {kind: integer,    header: {2009: CIN_NumberOfPreviousCPP, 2013-: CIN_NumberOfPreviousCPP}}
is_in_need_on_31_march:      {kind: flag,       header: {2010-: CIN_CINAt31March}}
open_case_code:              {kind: code,       header: {2009: CIN_OpenCaseInformation}}
service_type:                {kind: text,       header: {2009: CIN_ServiceType}}
service_provider:            {kind: text,       header: {2009: CIN_ServiceProvision}}
service_start_date:          {kind: date,       header: {2009: CIN_ServiceProvisionStartDate}}
service_end_date:            {kind: date,       header: {2009: CIN_ServiceProvisionEndDate}}
{% endset %}
{{ return(fromyaml(columns)) }}
{% endmacro %}


{# The same for the disabilities files, one row per child and disability code. #}
{% macro disabilities_crosswalk() %}
{% set columns %}
academic_year_label:  {kind: text,       header: {2009-: CIN_ACADYR}}
local_authority_code: {kind: identifier, header: {2009: CIN_CIN_LA, 2010-: CIN_LA}}
local_child_id:       {kind: identifier, header: {2009-: CIN_LAchildID_Anon}}
disability_code:      {kind: code,       header: {2009-: CIN_Disability}}
{% endset %}
{{ return(fromyaml(columns)) }}
{% endmacro %}


{# The census years the project knows: the first is 2008/09, the last is the newest with a staging model. #}
{% macro known_census_years() %}
{{ return(range(2009, 2026) | list) }}
{% endmacro %}


{#
    The crosswalk as a list of {name, kind, header, first_year, last_year}: one entry per column and header it has had.
    dataset: 'cin' or 'cin_disabilities'.
#}
{% macro crosswalk_spans(dataset) %}
    {% set crosswalk = cin_crosswalk() if dataset == 'cin' else disabilities_crosswalk() %}
    {% set spans = [] %}
    {% for name, column in crosswalk.items() %}
        {% for span, header in column.header.items() %}
            {% set bounds = (span | string).split('-') %}
            {% do spans.append({
                'name': name, 'kind': column.kind, 'header': header,
                'first_year': bounds | first | int,
                'last_year': (bounds | last or known_census_years() | last) | int,
            }) %}
        {% endfor %}
    {% endfor %}
    {{ return(spans) }}
{% endmacro %}


{#
    The crosswalk resolved for one census year: a list of {name, kind, header}, every column once.
    `header` is none where the year has no such column.
#}
{% macro columns_of_year(dataset, census_year) %}
    {% set columns = {} %}
    {% for span in crosswalk_spans(dataset) %}
        {% if span.name not in columns %}
            {% do columns.update({span.name: {'name': span.name, 'kind': span.kind, 'header': none}}) %}
        {% endif %}
        {% if span.first_year <= census_year <= span.last_year %}
            {% do columns[span.name].update({'header': span.header}) %}
        {% endif %}
    {% endfor %}
    {{ return(columns.values() | list) }}
{% endmacro %}

// One function a file: the catalogue puts them in order.
#pragma once
#include "tools/tool.h"

namespace pawl {

Tool briefing_tool();
Tool dry_run_tool();
Tool submit_experiment_tool();
Tool submit_sweep_tool();
Tool wait_jobs_tool();
Tool get_job_tool();
Tool get_logs_tool();
Tool leaderboard_tool();
Tool compare_experiments_tool();
Tool record_decision_tool();
Tool cancel_jobs_tool();
Tool cost_status_tool();
Tool get_metrics_tool();
Tool sandbox_open_tool();
Tool sandbox_exec_tool();
Tool sandbox_close_tool();

Tool status_tool();
Tool jobs_tool();
Tool init_tool();
Tool report_tool();

Tool policy_diff_tool();
Tool policy_approve_tool();
Tool policy_log_tool();
Tool policy_explain_tool();
Tool budget_add_tool();
Tool budget_allowances_tool();

Tool token_create_tool();
Tool token_list_tool();
Tool token_revoke_tool();

Tool approvals_tool();
Tool approve_tool();
Tool deny_tool();

Tool job_tool();
Tool pools_tool();
Tool pool_open_tool();
Tool volume_add_tool();
Tool volume_list_tool();
Tool volume_verify_tool();

}  // namespace pawl

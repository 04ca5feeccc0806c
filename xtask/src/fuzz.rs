//! Every fuzz target, for some seconds, from its committed corpus.

use std::{fs, time::Duration};

use crate::{Outcome, suite::Kit, workspace::Workspace};

/// For each target. Long enough to notice a mistake any input shows; finding rare ones takes hours, by hand.
const SECONDS: Duration = Duration::from_secs(15);

pub(crate) fn run(kit: &Kit) -> Outcome {
    for target in targets(kit.workspace)? {
        let target_folder = kit.workspace.target.join("fuzz");
        // What it finds goes to the first folder; the committed corpus is the second, and stays as it is.
        let found = target_folder.join("found").join(&target);
        fs::create_dir_all(&found).map_err(|e| format!("cannot make {}: {e}", found.display()))?;
        let mut command = crate::workspace::cargo();
        // No sanitizer: unsafe code is denied in the workspace, and without one ten times as many inputs are tried.
        command.args(["fuzz", "run", "--sanitizer", "none", &target, "--target-dir"]).arg(&target_folder).arg(&found);
        command.arg(format!("fuzz/corpus/{target}")).args(["--", "-print_final_stats=1", "-verbosity=0"]);
        command.arg(format!("-max_total_time={}", SECONDS.as_secs())).current_dir(&kit.workspace.root);
        println!("{target}");
        kit.finish(command)?;
    }
    Ok(())
}

/// The targets' names: one file each.
fn targets(workspace: &Workspace) -> Outcome<Vec<String>> {
    let files = workspace.files()?;
    let name = |file: &String| file.strip_prefix("fuzz/fuzz_targets/")?.strip_suffix(".rs").map(str::to_owned);
    let targets: Vec<_> = files.iter().filter_map(name).collect();
    if targets.is_empty() { Err("there is no fuzz target".into()) } else { Ok(targets) }
}

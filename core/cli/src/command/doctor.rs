//! Looking for what could be wrong.

use albumen_app::{
    AppError, Surroundings,
    doctor::{self, Finding},
};

use crate::{exit::Exit, output::Output};

/// Prints what was looked at, what was found and what to do. Ends with 1 when something is wrong.
pub(super) async fn run(surroundings: Surroundings, output: &Output) -> Result<Exit, AppError> {
    let findings = doctor::examine(surroundings).await?;
    for finding in &findings {
        print(finding, output);
    }
    output.value(&findings);
    let good = findings.iter().all(|finding| finding.error.is_none());
    Ok(if good { Exit::Done } else { Exit::SomeFailed })
}

fn print(finding: &Finding, output: &Output) {
    let what = output.catalogue().text(finding.check.key());
    let mark = if finding.error.is_some() { "✗" } else { "✓" };
    output.line(&format!("{mark} {what}: {}", finding.seen));
    if let Some(error) = &finding.error {
        let code = error.code;
        let title = output.catalogue().title(code.as_str());
        let hint = output.catalogue().hint(code.as_str());
        output.line(&format!("    {title}. {hint}"));
        if let Some(detail) = error.params.get("detail") {
            output.line(&format!("    ({detail})"));
        }
    }
}

//! Passwords, codes, links and other secrets: from a terminal, from a pipe, or from a file. Never
//! from the arguments, which every process on the machine can read.

use std::{
    fs,
    io::{self, BufRead, IsTerminal, stdin},
    path::Path,
};

use albumen_app::{AppError, Code};
use zeroize::Zeroizing;

use crate::output::Output;

/// A password is a line; whoever sends more sends something else.
const LENGTH_MAX: u64 = 4096;

/// Gets the password.
///
/// # Errors
/// [`Code::FileUnreadable`] when there is none to read, [`Code::BadRequest`] when it is empty.
pub(crate) fn read(
    file: Option<&Path>,
    account: &str,
    output: &Output,
) -> Result<Zeroizing<String>, AppError> {
    let password = secret(file, output, "cli.password", &[("account", account)])?;
    if password.is_empty() {
        return Err(empty("The password is empty"));
    }
    Ok(password)
}

/// Gets a password that somebody chooses now. On a terminal it is typed twice.
///
/// # Errors
/// As [`read`]; [`Code::BadRequest`] when the two differ.
pub(crate) fn choose(file: Option<&Path>, output: &Output) -> Result<Zeroizing<String>, AppError> {
    let password = secret(file, output, "cli.password.new", &[])?;
    if password.is_empty() {
        return Err(empty("The password is empty"));
    }
    let typed = file.is_none() && stdin().is_terminal();
    if typed && secret(None, output, "cli.password.again", &[])? != password {
        return Err(empty("The two passwords differ"));
    }
    Ok(password)
}

/// Gets a code: one that is used once, or one of a second factor. `prompt` says which.
///
/// # Errors
/// As [`read`].
pub(crate) fn code(
    file: Option<&Path>,
    prompt: &str,
    output: &Output,
) -> Result<Zeroizing<String>, AppError> {
    let code = secret(file, output, prompt, &[])?;
    if code.trim().is_empty() {
        return Err(empty("The code is empty"));
    }
    Ok(code)
}

/// Gets a code or a link: asked for on a terminal, else the first line of standard input. Shown
/// while it is typed, as it is shown on the other screen; good once and for minutes.
///
/// # Errors
/// As for [`read`].
pub(crate) fn read_shown(prompt: &str, output: &Output) -> Result<String, AppError> {
    if stdin().is_terminal() {
        output.note(prompt, &[]);
    }
    let line = first_line(stdin().lock()).map_err(|error| unreadable(&error))?;
    if line.is_empty() {
        return Err(empty("Nothing was given"));
    }
    Ok(line)
}

/// Asks a yes or no on the terminal; nothing that is not a clear yes is one.
///
/// # Errors
/// As for [`read`].
pub(crate) fn agrees(prompt: &str, output: &Output) -> Result<bool, AppError> {
    output.note(prompt, &[]);
    let line = first_line(stdin().lock()).map_err(|error| unreadable(&error))?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes" | "是"))
}

/// Gets a secret that only its owner may have: a file that others can read is refused.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_private(
    file: Option<&Path>,
    of: &str,
    output: &Output,
) -> Result<String, AppError> {
    if let Some(path) = file {
        return albumen_app::secret_of_file(path).map(|line| line.to_string());
    }
    let secret = unseen(output, "cli.secret", &[("name", of)])?;
    if secret.trim().is_empty() {
        return Err(empty("The secret is empty"));
    }
    Ok(secret.to_string())
}

/// Gets the passphrase of a recovery kit that is there.
///
/// # Errors
/// As [`read_private`].
pub(crate) fn passphrase(
    file: Option<&Path>,
    output: &Output,
) -> Result<Zeroizing<String>, AppError> {
    one_passphrase(file, "cli.backup.passphrase", output)
}

/// Gets one for a kit that is made now: twice from a terminal, so that no slip of the finger makes
/// it useless.
///
/// # Errors
/// As [`read_private`]; [`Code::BadRequest`] when the two are not the same.
pub(crate) fn new_passphrase(
    file: Option<&Path>,
    output: &Output,
) -> Result<Zeroizing<String>, AppError> {
    let first = one_passphrase(file, "cli.backup.new_passphrase", output)?;
    if file.is_none() && stdin().is_terminal() {
        let again = one_passphrase(None, "cli.backup.again", output)?;
        if again != first {
            let detail = "The two passphrases are not the same";
            return Err(AppError::new(Code::BadRequest).with("detail", detail));
        }
    }
    Ok(first)
}

fn one_passphrase(
    file: Option<&Path>,
    prompt: &str,
    output: &Output,
) -> Result<Zeroizing<String>, AppError> {
    match file {
        Some(path) => albumen_app::secret_of_file(path),
        None => unseen(output, prompt, &[]),
    }
}

/// A line that nobody else may see, from a file where one is named.
fn secret(
    file: Option<&Path>,
    output: &Output,
    prompt: &str,
    params: &[(&str, &str)],
) -> Result<Zeroizing<String>, AppError> {
    let Some(path) = file else { return unseen(output, prompt, params) };
    fs::File::open(path)
        .and_then(|file| first_line(io::BufReader::new(file)))
        .map(Zeroizing::new)
        .map_err(|error| unreadable(&error).with("path", path.display()))
}

/// Such a line from a terminal without echo, else from standard input: the next one there, so that
/// a script can send several.
fn unseen(
    output: &Output,
    prompt: &str,
    params: &[(&str, &str)],
) -> Result<Zeroizing<String>, AppError> {
    let line = if stdin().is_terminal() {
        output.note(prompt, params);
        console::Term::stderr().read_secure_line()
    } else {
        first_line(stdin().lock())
    };
    line.map(Zeroizing::new).map_err(|error| unreadable(&error))
}

fn first_line(from: impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.take(LENGTH_MAX).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn empty(detail: &str) -> AppError {
    AppError::new(Code::BadRequest).with("detail", detail)
}

fn unreadable(error: &io::Error) -> AppError {
    AppError::new(Code::FileUnreadable).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_as_it_is() {
        for (text, password) in [
            ("secret\n", "secret"),
            ("  two words \r\nx", "  two words "),
            ("bare", "bare"),
            ("", ""),
        ] {
            assert_eq!(first_line(text.as_bytes()).unwrap(), password);
        }
    }

    #[test]
    fn several_lines_come_one_after_the_other() {
        let mut input = "code\npassword\n".as_bytes();
        for line in ["code", "password", ""] {
            assert_eq!(first_line(&mut input).unwrap(), line);
        }
    }
}

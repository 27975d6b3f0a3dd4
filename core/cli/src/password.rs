//! Passwords and codes: from a terminal without echo, from a pipe, or from a file. Never from the
//! arguments, which every process on the machine can read.

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

/// A line that nobody else may see. From standard input it is the next one, so that a script can
/// send several.
fn secret(
    file: Option<&Path>,
    output: &Output,
    prompt: &str,
    params: &[(&str, &str)],
) -> Result<Zeroizing<String>, AppError> {
    let line = match file {
        Some(path) => fs::File::open(path)
            .and_then(|file| first_line(io::BufReader::new(file)))
            .map_err(|error| unreadable(&error).with("path", path.display()))?,
        None if stdin().is_terminal() => {
            output.note(prompt, params);
            console::Term::stderr().read_secure_line().map_err(|error| unreadable(&error))?
        }
        None => first_line(stdin().lock()).map_err(|error| unreadable(&error))?,
    };
    Ok(Zeroizing::new(line))
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

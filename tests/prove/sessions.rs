//! Private desktops come and go by the dozen, side by side, and leave no process behind.

use albumen_tests::Session;

const AT_ONCE: usize = 4;
const ROUNDS: usize = 5;

#[test]
fn sessions_side_by_side_leave_no_process() {
    for _ in 0..ROUNDS {
        let starting: Vec<_> = (0..AT_ONCE).map(|_| std::thread::spawn(Session::start)).collect();
        let sessions = starting.into_iter().map(|s| s.join().expect("each session starts"));
        let marks: Vec<_> = sessions.map(|session| session.mark().clone()).collect();
        for mark in marks {
            assert_eq!(mark.processes(), [0; 0]);
        }
    }
}

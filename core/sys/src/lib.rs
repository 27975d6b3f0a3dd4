//! The few operating-system calls that no safe library offers.

//! Whose profile it is: nobody's, somebody's who knows the password, or another process's.

use albumen_tests::World;

#[test]
fn without_a_profile_nothing_is_synced() {
    let world = World::new();
    let laptop = world.device("laptop");
    let ended = laptop.sync_once().is(3);
    assert_eq!(ended.error(), "not_signed_in");
}

#[test]
fn a_wrong_password_signs_nobody_in() {
    let mut world = World::new();
    let mut services = world.serve();
    services.password.push('x');
    let laptop = world.device("laptop");
    let password = world.path("password");
    std::fs::write(&password, &services.password).expect("our own folder can be written");
    let password = password.to_str().expect("a plain name");
    let arguments = ["login", &services.tokens, "--account", &services.account];
    let ended = laptop.run(&[&arguments[..], &["--password-file", password]].concat()).is(7);
    assert_eq!(ended.error(), "wrong_password");
    laptop.sync_once().is(3);
}

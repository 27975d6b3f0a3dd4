//! One process owns a profile: a second one says so and changes nothing.

use albumen_tests::World;

#[test]
fn the_second_process_on_a_profile_says_that_it_is_in_use() {
    let mut world = World::new();
    let services = world.serve();
    let laptop = world.device("laptop");
    laptop.photos(2);
    laptop.set_up(&services, "Trip");
    let mut first = laptop.start(&["watch"]);
    first.until_says("up_to_date");

    for arguments in [&["sync", "--once"][..], &["status"], &["map", "list"]] {
        let second = laptop.run(arguments).is(6);
        assert_eq!(second.error(), "profile_in_use");
    }

    // However the first one ends, the profile is free again.
    first.kill();
    assert_eq!(laptop.sync_all().verified, 2);
}

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

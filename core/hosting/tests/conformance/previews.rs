//! Rows 41, 49, 66, 114 and 115: previews and covers (SMH sections 6.13, 8.4 and 12.3).

use std::io::Cursor;

use albumen_media::{kind::MediaFormat, thumbnail::can_preview};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::json;

use crate::world::{Desk, Reply, World};

rows! {
    r041_get_cover {
        sizes_of_a_picture, without_a_size_it_is_the_picture, made_once_and_gone_with_the_file,
        wrong_sizes, told_wherever_a_file_is_told_of,
    }
    r049_preview_file { not_previewable_is_the_download, hostile_pictures_are_the_download,
        a_public_space_shows_them_to_everybody, who_may_not_read_sees_none }
    r066_recycle_preview { what_is_in_the_bin, no_such_item }
    r114_album_cover_of_space { the_first_media_of_a_space, covers_need_a_media_library }
    r115_album_cover_of_album { the_first_media_of_an_album, no_such_album_or_an_empty_one }
}

pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 99]));
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(pixels).write_to(&mut bytes, format).expect("an encoder");
    bytes.into_inner()
}

/// The picture that a reply leads to.
pub(crate) async fn seen(world: &World, reply: &Reply) -> (u32, u32) {
    assert_eq!(reply.status, 302, "{reply:?}");
    let bytes = world.fetch(reply.header("location")).await;
    let picture = image::load_from_memory(&bytes).expect("a picture");
    (picture.width(), picture.height())
}

async fn preview(world: &World, desk: &Desk, rest: &str) -> Reply {
    world.at(desk, "GET", "file", rest).await
}

async fn sizes_of_a_picture() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for (name, format) in [
        ("a.jpg", ImageFormat::Jpeg),
        ("b.png", ImageFormat::Png),
        ("c.webp", ImageFormat::WebP),
        ("d.bmp", ImageFormat::Bmp),
        ("e.tiff", ImageFormat::Tiff),
    ] {
        world.upload(&desk, name, "", &picture(200, 100, format)).await;
        for (query, size) in [
            ("preview=1&size=50", (50, 50)),
            ("preview&scale=50", (100, 50)),
            ("preview=1&width_size=20", (20, 10)),
            ("preview=1&height_size=20", (40, 20)),
            ("preview=1&width_size=20&height_size=5", (10, 5)),
            ("preview=1&width_size=4000", (200, 100)),
        ] {
            let reply = preview(&world, &desk, &format!("{name}?{query}")).await;
            assert_eq!(seen(&world, &reply).await, size, "{name} {query}");
        }
    }
}

async fn without_a_size_it_is_the_picture() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let bytes = picture(30, 20, ImageFormat::Png);
    world.upload(&desk, "a.png", "", &bytes).await;
    let reply = preview(&world, &desk, "%2Fa.png?preview=1&purpose=list").await;
    assert_eq!(world.fetch(reply.header("location")).await, bytes);
}

async fn made_once_and_gone_with_the_file() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let bytes = picture(300, 200, ImageFormat::Jpeg);
    world.upload(&desk, "a.jpg", "", &bytes).await;
    let asked = || preview(&world, &desk, "a.jpg?preview=1&size=64");
    let (one, two) = tokio::join!(asked(), asked());
    let path =
        |reply: &Reply| reply.header("location").split('?').next().expect("an address").to_owned();
    assert_eq!(path(&one), path(&two));
    assert_eq!(world.service.bytes_read(), bytes.len() as u64, "read once, and counted");
    asked().await;
    assert_eq!(world.service.bytes_read(), bytes.len() as u64);
    // A copy of the content under another name has the same preview.
    let location = one.header("location").to_owned();
    world.fetch(&location).await;
    let gone = world.at(&desk, "DELETE", "file", "a.jpg?permanent=1").await;
    assert!(gone.status < 300, "{gone:?}");
    world.service.sweep().await.expect("swept");
    assert_eq!(world.status_of(&location).await, 404, "nothing of it stays in the store");
}

async fn wrong_sizes() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.png", "", &picture(3, 2, ImageFormat::Png)).await;
    for query in ["size=0", "size=5000", "scale=101", "width_size=x", "frame_number=-1"] {
        let reply = preview(&world, &desk, &format!("a.png?preview=1&{query}")).await;
        reply.is(400, "ParamInvalid");
    }
    preview(&world, &desk, "b.png?preview=1&size=9").await.is(404, "FileNotFound");
}

/// `previewByCI` and `previewAsIcon` of a row; `previewByDoc` is false, as nothing shows documents.
fn told(row: &serde_json::Value) -> (bool, bool) {
    assert_eq!(row["previewByDoc"], json!(false), "{row}");
    let word = |name: &str| row[name].as_bool().unwrap_or_else(|| panic!("no {name} in {row}"));
    (word("previewByCI"), word("previewAsIcon"))
}

async fn told_wherever_a_file_is_told_of() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    // Of a film where the machine has a decoder for it.
    let films = can_preview(MediaFormat::Mp4);
    for (name, is_picture) in [("a.jpg", true), ("b.txt", false), ("c.mp4", films)] {
        let wanted = (is_picture, is_picture);
        let confirmed = world.upload(&desk, name, "", b"content").await;
        assert_eq!(told(&confirmed.json), wanted, "{name}");
        for (noun, rest) in [("directory", "?info=1"), ("file", "?info=1&pre_check=1")] {
            let info = world.at(&desk, "GET", noun, &format!("{name}{rest}")).await;
            assert_eq!(told(&info.json), wanted, "{noun} {name}");
        }
        let list = world.at(&desk, "GET", "directory", "").await;
        assert_eq!(told(&list.json["contents"][0]), wanted, "{name}");
        let item = world.at(&desk, "DELETE", "file", name).await.json["recycledItemId"].clone();
        let bin = world.at(&desk, "GET", "recycled", "").await;
        assert_eq!(told(&bin.json["contents"][0]), wanted, "{name}");
        let info = world.at(&desk, "GET", "recycled", &format!("{item}?info=1")).await;
        assert_eq!(told(&info.json), wanted, "{name}");
    }
    // A directory shows nothing, and says nothing of it.
    world.directories(&desk, &["d"]).await;
    let row = world.at(&desk, "GET", "directory", "").await.json["contents"][0].clone();
    assert!(row.get("previewByCI").is_none() && row.get("previewByDoc").is_none(), "{row}");
}

async fn not_previewable_is_the_download() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    for (name, bytes) in [("a.txt", &b"words"[..]), ("a.mp4", b"no film")] {
        world.upload(&desk, name, "", bytes).await;
        for _ in 0..2 {
            let reply = preview(&world, &desk, &format!("{name}?preview=1&size=50&type=pic")).await;
            assert_eq!(reply.status, 302, "{reply:?}");
            assert_eq!(world.fetch(reply.header("location")).await, bytes, "{name}");
        }
    }
}

async fn hostile_pictures_are_the_download() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let mut bomb = picture(4, 4, ImageFormat::Png);
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let mut torn = picture(400, 400, ImageFormat::Png);
    torn.truncate(torn.len() / 2);
    for (name, bytes) in [("bomb.png", bomb), ("torn.png", torn)] {
        world.upload(&desk, name, "", &bytes).await;
        let reply = preview(&world, &desk, &format!("{name}?preview=1&size=50")).await;
        assert_eq!(reply.status, 302, "{reply:?}");
        assert!(world.fetch(reply.header("location")).await == bytes, "{name}");
    }
}

async fn a_public_space_shows_them_to_everybody() {
    let world = World::start().await;
    let desk = world.desk(json!({"isFileLibrary": true}), json!({"isPublicRead": true})).await;
    world.upload(&desk, "a.png", "", &picture(30, 20, ImageFormat::Png)).await;
    let bare = format!("/api/v1/file/{}/{}/a.png?preview=1&size=10", desk.library.id, desk.space);
    let reply = world.call("GET", &bare).await;
    assert_eq!(seen(&world, &reply).await, (10, 10));
}

async fn who_may_not_read_sees_none() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.png", "", &picture(30, 20, ImageFormat::Png)).await;
    let stranger = world.file_desk().await;
    let there = Desk { token: stranger.token, ..desk.clone() };
    let reply = preview(&world, &there, "a.png?preview=1&size=10").await;
    reply.is(403, "AccessTokenNotMatchLibrary");
    let bare = format!("/api/v1/file/{}/{}/a.png?preview=1", desk.library.id, desk.space);
    world.call("GET", &bare).await.is(400, "EmptyAccessToken");
}

async fn what_is_in_the_bin() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.upload(&desk, "a.png", "", &picture(30, 20, ImageFormat::Png)).await;
    let item = world.at(&desk, "DELETE", "file", "a.png").await.json["recycledItemId"].clone();
    let reply = world.at(&desk, "GET", "recycled", &format!("{item}?preview=1&size=10")).await;
    assert_eq!(seen(&world, &reply).await, (10, 10));
}

async fn no_such_item() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let reply = world.at(&desk, "GET", "recycled", "7?preview=1").await;
    reply.is(404, "RecycledItemNotFound");
}

async fn the_first_media_of_a_space() {
    let world = World::start().await;
    let desk = world.desk(json!({}), json!({"allowPhoto": true, "allowVideo": true})).await;
    let cover = |rest: &'static str| world.at(&desk, "GET", "album", rest);
    cover("cover").await.is(404, "FileNotFound");
    world.upload(&desk, "z.png", "", &picture(30, 20, ImageFormat::Png)).await;
    world.clock.advance_seconds(1);
    world.upload(&desk, "a.png", "", &picture(60, 40, ImageFormat::Png)).await;
    assert_eq!(seen(&world, &cover("cover").await).await, (30, 20), "uploaded first");
    assert_eq!(seen(&world, &cover("cover?size=10").await).await, (10, 10));
    cover("cover/x").await.is(404, "DirectoryNotFound");
    cover("other").await.is(404, "RouteNotFound");
}

async fn covers_need_a_media_library() {
    let world = World::start().await;
    let desk = world.file_desk().await;
    let reply = world.at(&desk, "GET", "album", "cover").await;
    reply.is(400, "CoverNotSupportedInFileLibrary");
}

async fn the_first_media_of_an_album() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    world.at(&desk, "PUT", "directory", "旅行 1").await;
    world.upload(&desk, "旅行 1/a.png", "", &picture(30, 20, ImageFormat::Png)).await;
    for rest in ["cover/%E6%97%85%E8%A1%8C%201?size=10", "cover/%2F%E6%97%85%E8%A1%8C%201?size=10"]
    {
        let reply = world.at(&desk, "GET", "album", rest).await;
        assert_eq!(seen(&world, &reply).await, (10, 10), "{rest}");
    }
}

async fn no_such_album_or_an_empty_one() {
    let world = World::start().await;
    let desk = world.album_desk().await;
    let cover = |rest: &'static str| world.at(&desk, "GET", "album", rest);
    cover("cover").await.is(400, "CoverNotSupportedInRootDirectory");
    cover("cover/").await.is(400, "CoverNotSupportedInRootDirectory");
    cover("cover/none").await.is(404, "DirectoryNotFound");
    cover("cover/a%2Fb").await.is(404, "DirectoryNotFound");
    world.at(&desk, "PUT", "directory", "empty").await;
    cover("cover/empty").await.is(404, "FileNotFound");
}

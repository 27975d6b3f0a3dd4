//! Rows 33, 48, 50, 54, 104 and 122 on: operations that are left out answer with a code of the
//! contract, and only to who may ask.

use crate::world::{Desk, World};

rows! {
    r033_convert_file { no_conversion }
    r048_office_edit { no_editing }
    r050_preview_zip_file { no_archive_is_looked_into }
    r054_uncompress_file { no_archive_is_opened }
    r104_confirm_m3u8_upload { no_transcoding }
    r122_set_sync_folder { nothing_of_the_enterprise }
}

async fn refused(method: &str, noun: &str, rest: &str, code: &str) {
    let world = World::start().await;
    let desk = world.file_desk().await;
    world.at(&desk, method, noun, rest).await.is(400, code);
    let nobody = Desk { token: String::new(), ..desk.clone() };
    world.at(&nobody, method, noun, rest).await.is(400, "EmptyAccessToken");
    let stranger = Desk { token: world.file_desk().await.token, ..desk };
    let reply = world.at(&stranger, method, noun, rest).await;
    reply.is(403, "AccessTokenNotMatchLibrary");
}

async fn no_conversion() {
    refused("PUT", "file", "a.pdf?convert=1", "FunctionNotEnabled").await;
}

async fn no_editing() {
    refused("GET", "office", "edit/a.docx?lang=en", "DocEditNotEnabled").await;
    refused("GET", "office", "edit/a.docx?preflight&mobile", "DocEditNotEnabled").await;
}

async fn no_archive_is_looked_into() {
    refused("GET", "file", "a.zip?zip-preview=1&format=tree", "FileUncompressNotAllowed").await;
}

async fn no_archive_is_opened() {
    refused("POST", "file", "a.zip?uncompress=1", "FileUncompressNotAllowed").await;
}

async fn no_transcoding() {
    for (method, rest) in [
        ("POST", "key?confirm=1"),
        ("POST", "a.mp4?transcode=1"),
        ("GET", "a.mp4?info=1"),
        ("GET", "a.mp4?live_transcode=1"),
        ("POST", "key?modify=1"),
        ("PUT", "a.m3u8"),
        ("POST", "key?renew=1"),
    ] {
        refused(method, "hls", rest, "FunctionNotEnabled").await;
    }
}

async fn nothing_of_the_enterprise() {
    let function = "FunctionNotEnabled";
    refused("PUT", "directory-local-sync", "", function).await;
    refused("POST", "authority", "authorize/a?delete", function).await;
    refused("PUT", "file-tag", "a.txt", function).await;
    let world = World::start().await;
    let desk = world.file_desk().await;
    for path in ["authority/LIB/role-list", "authority/LIB/authorized-directory", "tag/LIB"] {
        let path = path.replace("LIB", &desk.library.id);
        let path = format!("/api/v1/{path}?access_token={}", desk.token);
        world.call("GET", &path).await.is(400, function);
    }
}

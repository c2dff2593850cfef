//! What Trunk leaves to us: lessons, hashed names, one page per lesson. Trunk calls it (see `Trunk.toml`)
//! with the unfinished site in a folder of its own.
//!
//! In: that folder, and the native tool `unhappy`. Out: the finished site in the same folder.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};

use crate::assets::{self, Assets};
use crate::command::{output, run as run_command};
use crate::page::{self, Page, Prerendered};
use crate::project::Project;
use crate::site::RELATIVE_URL;

/// Files of the build under their plain names, and the keys by which the page asks for them. The page's own
/// are needed before its script runs, so the shell names them as well.
const BUILT: [(&str, &str); 6] = [
    ("boot.js", "boot.js"),
    ("engine-boot.js", "engine-boot.js"),
    ("unhappy-web.js", "web.js"),
    ("unhappy-web_bg.wasm", "web.wasm"),
    ("unhappy-worker.js", "engine.js"),
    ("unhappy-worker_bg.wasm", "engine.wasm"),
];

/// Written by `static/editor/build.mjs`: the editor's entry point under its hashed name.
const EDITOR_ASSETS: &str = "editor-assets.json";

/// What Trunk tells its hooks.
struct Build {
    site: PathBuf,
    public_url: String,
    /// Whether the site is served while it is worked on.
    development: bool,
}

/// Finishes the site that Trunk is building.
pub fn run(project: &Project) -> Result<()> {
    let build = Build {
        site: PathBuf::from(variable("TRUNK_STAGING_DIR")?),
        public_url: variable("TRUNK_PUBLIC_URL")?,
        development: variable("TRUNK_PROFILE")? != "release",
    };
    let prerendered = run_unhappy(project, &build.site)?;
    if !build.development {
        minify_scripts(project, &build.site)?;
    }
    let assets = publish_files(&build.site)?;
    let shell = shell(&build, &assets)?;
    for page in &prerendered.pages {
        write(&build.site.join(page.file()?), &page::render(&shell, page, &assets, &build.public_url)?)?;
    }
    write(&build.site.join("404.html"), &not_found(&shell, &assets, &build.public_url)?)
}

fn variable(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("{name} is not set: this command is for Trunk's hook"))
}

/// Builds the native tool as the tests do, packs the lessons into the site and returns the pages' texts.
fn run_unhappy(project: &Project, site: &Path) -> Result<Prerendered> {
    run_command(project.unhappy()?.args(["pack", "--out"]).arg(site))
        .context("the lessons cannot be packed")?;
    let text = output(project.unhappy()?.arg("prerender")).context("the pages cannot be prerendered")?;
    serde_json::from_str(&text).context("cannot read what `unhappy prerender` printed")
}

/// Takes what only people read out of the scripts, with the tool that bundles the editor.
fn minify_scripts(project: &Project, site: &Path) -> Result<()> {
    let esbuild = project.root.join("static/editor/node_modules/.bin/esbuild");
    for (file, _) in BUILT.iter().filter(|(file, _)| file.ends_with(".js")) {
        let path = site.join(file);
        let mut command = std::process::Command::new(&esbuild);
        command.args(["--minify", "--format=esm", "--log-level=warning", "--allow-overwrite"]);
        command.arg(format!("--outfile={}", path.display())).arg(&path);
        run_command(&mut command).with_context(|| format!("{file} cannot be minified"))?;
    }
    Ok(())
}

/// Gives every file that a page asks for by key its hashed name.
fn publish_files(site: &Path) -> Result<Assets> {
    let editor = site.join(EDITOR_ASSETS);
    let text = fs::read_to_string(&editor).context("static/editor/build.mjs made no editor")?;
    let mut assets: Assets = serde_json::from_str(&text)?;
    fs::remove_file(editor)?;
    for (file, key) in BUILT {
        assets::publish(site, file, key, &mut assets)?;
    }
    assets::publish(site, "course.bin", "course.bin", &mut assets)?;
    for name in file_names(&site.join("lessons"), ".lesson")? {
        let file = format!("lessons/{name}");
        assets::publish(site, &file, &file, &mut assets)?;
    }
    Ok(assets)
}

/// The names of a folder's files with an ending, sorted; none if there is no folder.
fn file_names(folder: &Path, ending: &str) -> Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name.ends_with(ending));
    names.sort();
    Ok(names)
}

/// The HTML that all pages share, with the styles and the names of the page's own files in it.
fn shell(build: &Build, assets: &Assets) -> Result<String> {
    let mut shell = fs::read_to_string(build.site.join("index.html"))?;
    let mut names: Vec<(String, String)> = BUILT
        .iter()
        .filter_map(|(file, key)| Some(((*file).to_owned(), assets.get(*key)?.clone())))
        .collect();
    for file in file_names(&build.site, ".css")? {
        let mut styles = Assets::new();
        assets::publish(&build.site, &file, &file, &mut styles)?;
        names.extend(styles);
    }
    for (plain, hashed) in names {
        for written in [format!("\"{plain}\""), format!("\"{}{plain}\"", build.public_url)] {
            shell = shell.replace(&written, &format!("\"{hashed}\""));
        }
    }
    if build.development {
        shell = without_policy(&shell);
    }
    Ok(shell)
}

/// Trunk's reload script stands in the page itself, which the policy forbids.
fn without_policy(shell: &str) -> String {
    let start = shell.find("<meta http-equiv=\"Content-Security-Policy\"");
    let end = start.and_then(|start| Some(start + shell[start..].find('>')? + 1));
    match (start, end) {
        (Some(start), Some(end)) => [&shell[..start], &shell[end..]].concat(),
        _ => shell.to_owned(),
    }
}

/// The page of every address that leads nowhere. In a relative site it cannot know how deep it stands, so it
/// starts nothing there and only says so.
fn not_found(shell: &str, assets: &Assets, public_url: &str) -> Result<String> {
    let page = Page::not_found();
    if public_url != RELATIVE_URL {
        return page::render(shell, &page, assets, public_url);
    }
    let plain = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>__TITLE__</title>\
                 </head><body>__PROSE__</body></html>\n";
    page::render(plain, &page, assets, public_url)
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(file.parent().context("a page lies in a folder")?)?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_taken_out_alone() {
        let shell =
            "<head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\"><title>";
        assert_eq!(without_policy(shell), "<head><title>");
        assert_eq!(without_policy("<head>"), "<head>");
    }
}

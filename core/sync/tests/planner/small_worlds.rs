//! Every small world there is: all three trees of a file and a directory, and of two files, with
//! two names and two contents. What holds there is proved for them, not sampled. Of two files and a
//! directory there are some millions: of those a share.

use albumen_model::Crc64;

use crate::canopy::{seen, settle};
use albumen_sync::plan::{
    Forest, Mode, Policy,
    ideal::Ideal,
    tree::{Agreed, Base, Entry, Name, NodeId, Place, ROOT, Side, Sight},
};

/// What one tree holds of one node: nothing, or its parent, its name and its content.
type Spot = Option<(i64, u8, u64)>;

const DIRECTORY: NodeId = NodeId(3);
/// Nodes of the cloud that nobody agreed on have numbers of their own.
const APART: i64 = 10;

fn files(parents: &[i64]) -> Vec<Spot> {
    let mut spots = vec![None];
    for parent in parents {
        for name in 0..2 {
            spots.extend([1, 2].map(|content| Some((*parent, name, content))));
        }
    }
    spots
}

const DIRECTORIES: [Spot; 3] = [None, Some((0, 0, 0)), Some((0, 1, 0))];

/// One tree of the nodes 1, 2 and 3, the last a directory; `None` where it is no tree.
fn tree(spots: [Spot; 3]) -> Option<[Spot; 3]> {
    let [one, two, directory] = spots;
    let inside = |spot: Spot| spot.is_some_and(|(parent, ..)| parent == DIRECTORY.0);
    if directory.is_none() && (inside(one) || inside(two)) {
        return None;
    }
    let place = |spot: Spot| spot.map(|(parent, name, _)| (parent, name));
    let taken = [place(one), place(two), place(directory)];
    let clash = |a: usize, b: usize| taken[a].is_some() && taken[a] == taken[b];
    (!clash(0, 1) && !clash(0, 2) && !clash(1, 2)).then_some(spots)
}

fn trees(one: &[Spot], two: &[Spot], directories: &[Spot]) -> Vec<[Spot; 3]> {
    let mut all = Vec::new();
    for one in one {
        for two in two {
            for directory in directories {
                all.extend(tree([*one, *two, *directory]));
            }
        }
    }
    all
}

fn place(parent: i64, name: u8) -> Place {
    let name = Name::new(["x", "y"][usize::from(name)]);
    Place { parent: NodeId(parent), name }
}

fn entry(side: Side, node: usize, (parent, name, content): (i64, u8, u64)) -> Entry {
    let place = place(parent, name);
    match side {
        _ if node == 2 => Ideal::directory(place),
        Side::Local => Ideal::on_disk(place, content, false),
        Side::Remote => Ideal::in_cloud(place, content),
    }
}

fn world(local: &[Spot; 3], remote: &[Spot; 3], base: &[Spot; 3]) -> Ideal {
    let mut forest = Forest::default();
    // In the cloud, what was never agreed on is another node than the one on disk.
    let there = |node: usize| match base[node] {
        Some(_) => node as i64 + 1,
        None => node as i64 + 1 + APART,
    };
    for node in [2, 0, 1] {
        let id = NodeId(node as i64 + 1);
        if let Some(spot) = local[node] {
            let seen = Some(Sight::Present(entry(Side::Local, node, spot)));
            assert!(forest.put(Side::Local, id, seen));
        }
        if let Some((parent, name, content)) = remote[node] {
            let parent = if parent == ROOT.0 { parent } else { there(2) };
            let seen = Some(Sight::Present(entry(Side::Remote, node, (parent, name, content))));
            assert!(forest.put(Side::Remote, NodeId(there(node)), seen));
        }
        if let Some((parent, name, content)) = base[node] {
            let place = place(parent, name);
            let here = Ideal::on_disk(place.clone(), content, true);
            let content = (node < 2).then(|| Agreed {
                size: content,
                crc64: Crc64::new(content),
                stat: here.content().and_then(|content| content.stat).unwrap_or_default(),
                cas: Some(content.to_string()),
            });
            let base = Base { local: place.clone(), remote: place, content, inode: None };
            forest.agree(id, base);
        }
    }
    Ideal::new(forest, 100)
}

/// Settles one of so many worlds of these trees in every mode.
fn prove(trees: &[[Spot; 3]], one_of: usize) -> usize {
    let (mut worlds, mut number) = (0, 0);
    for base in trees {
        for local in trees {
            for remote in trees {
                number += 1;
                if number % one_of != 0 {
                    continue;
                }
                let told = world(local, remote, base);
                for mode in Mode::ALL {
                    let mut world = told.clone();
                    settle(&mut world, &Policy::of(*mode), worlds as u64, &mut |_, _, _| {});
                    if *mode == Mode::TwoWay {
                        let sides = [Side::Local, Side::Remote].map(|side| seen(&world, side));
                        assert_eq!(sides[0], sides[1], "{told:#?}\n{world:#?}");
                    }
                    worlds += 1;
                }
            }
        }
    }
    worlds
}

#[test]
fn a_file_and_a_directory() {
    let trees = trees(&files(&[0, DIRECTORY.0]), &[None], &DIRECTORIES);
    assert_eq!(prove(&trees, 1), trees.len().pow(3) * Mode::ALL.len());
}

#[test]
fn two_files() {
    let trees = trees(&files(&[0]), &files(&[0]), &[None]);
    assert_eq!(prove(&trees, 1), trees.len().pow(3) * Mode::ALL.len());
}

#[test]
fn two_files_and_a_directory() {
    let all = files(&[0, DIRECTORY.0]);
    let trees = trees(&all, &all, &DIRECTORIES);
    // A prime, so that no choice of one tree is always left out.
    let one_of = 1_009;
    assert_eq!(prove(&trees, one_of), trees.len().pow(3) / one_of * Mode::ALL.len());
}

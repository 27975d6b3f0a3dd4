//! Brings the files of one folder together. Owns the order in which evidence counts: stills of one
//! name and one moment, then their film, then edited variants, then sidecars by their names alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Entry, Group, Member,
    parts::{Edit, Parts, Role},
    together::{Evidence, compare},
};
use crate::name::fold_key;

/// Whether a film fits the photo of these files.
type Fits<'a> = fn(&Gathering<'a>, usize, &[usize]) -> bool;

/// Files of one folder on the way into groups.
pub(super) struct Gathering<'a> {
    entries: &'a [Entry<'a>],
    parts: BTreeMap<usize, Parts>,
    /// The stem of each without regard to letter case and Unicode form.
    keys: BTreeMap<usize, String>,
    clusters: Vec<Vec<usize>>,
}

impl<'a> Gathering<'a> {
    /// Looks at the entries with these numbers, which are in the order of their names.
    pub(super) fn of(entries: &'a [Entry<'a>], folder: &[usize]) -> Self {
        let parts: BTreeMap<usize, Parts> =
            folder.iter().map(|index| (*index, Parts::of(entries[*index].name))).collect();
        let keys = parts.iter().map(|(index, parts)| (*index, fold_key(&parts.stem))).collect();
        let mut gathering = Self { entries, parts, keys, clusters: Vec::new() };
        gathering.take_sidecars_by_word(folder);
        let (mut films, mut edited, mut sidecars) = (Vec::new(), Vec::new(), Vec::new());
        let mut stills: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for index in folder.iter().copied() {
            match gathering.parts[&index].role {
                Role::Picture | Role::Raw => {
                    stills.entry(gathering.keys[&index].clone()).or_default().push(index);
                }
                Role::Film => films.push(index),
                Role::Edited => edited.push(index),
                Role::Sidecar => sidecars.push(index),
                Role::Other => gathering.clusters.push(vec![index]),
            }
        }
        for of_one_name in stills.into_values() {
            gathering.add_stills(of_one_name);
        }
        gathering.add_films(&films);
        gathering.attach(&edited, Self::home_of_edited);
        gathering.attach(&sidecars, Self::home_of_sidecar);
        gathering
    }

    /// A sidecar that seems to be a variant's, and has the very stem of a photo: `a_original.aae`
    /// beside `a_original.jpg` is no variant.
    fn take_sidecars_by_word(&mut self, folder: &[usize]) {
        let is_sidecar = |index: &usize| self.parts[index].role == Role::Sidecar;
        let photos: BTreeSet<String> =
            folder.iter().filter(|at| !is_sidecar(at)).map(|at| self.keys[at].clone()).collect();
        for index in folder.iter().filter(|at| is_sidecar(at)).copied().collect::<Vec<_>>() {
            let plain = self.parts[&index].without_edit();
            let key = fold_key(&plain.stem);
            if plain.of.is_none() && photos.contains(&key) {
                self.parts.insert(index, plain);
                self.keys.insert(index, key);
            }
        }
    }

    /// The groups, members in the order of their roles and names.
    pub(super) fn into_groups(self) -> Vec<Group> {
        let name = |index: &usize| self.entries[*index].name;
        let mut clusters = self.clusters;
        for cluster in &mut clusters {
            cluster.sort_by_key(|index| (self.parts[index].role, name(index), *index));
        }
        clusters.sort_by_key(|cluster| (name(&cluster[0]), cluster[0]));
        let member = |index: usize| {
            let parts = self.parts[&index].clone();
            Member { entry: index, role: parts.role, parts }
        };
        clusters
            .into_iter()
            .map(|cluster| Group {
                stem: self.parts[&cluster[0]].stem.clone(),
                members: cluster.into_iter().map(member).collect(),
            })
            .collect()
    }

    fn same(&self, a: usize, b: usize) -> bool {
        compare(&self.entries[a], &self.entries[b]) == Evidence::Same
    }

    /// Stills of one name are one photo when each agrees with each other one; where only some do,
    /// nobody can say where the line is.
    fn add_stills(&mut self, stills: Vec<usize>) {
        let mut left: BTreeSet<usize> = stills.into_iter().collect();
        while let Some(first) = left.pop_first() {
            let mut reached = vec![first];
            let mut at = 0;
            while at < reached.len() {
                let from = reached[at];
                let near: Vec<usize> =
                    left.iter().copied().filter(|other| self.same(from, *other)).collect();
                left.retain(|index| !near.contains(index));
                reached.extend(near);
                at += 1;
            }
            let all_agree =
                reached.iter().all(|a| reached.iter().all(|b| a == b || self.same(*a, *b)));
            if all_agree && self.distinct(&reached) {
                self.clusters.push(reached);
            } else {
                self.clusters.extend(reached.into_iter().map(|index| vec![index]));
            }
        }
    }

    /// A film goes to the one photo it fits, when it is the only film that fits there. What Apple
    /// wrote decides first, whatever the names; then name and time.
    fn add_films(&mut self, films: &[usize]) {
        let stills = self.clusters.len();
        let mut left: Vec<usize> = films.to_vec();
        let mut taken = BTreeSet::new();
        let rules: [Fits<'a>; 3] =
            [Self::fits_by_id_and_name, Self::fits_by_id, Self::fits_by_name_and_time];
        for fits in rules {
            let homes: Vec<(usize, usize)> = left
                .iter()
                .filter_map(|film| {
                    let of_film = |at: &usize| fits(self, *film, &self.clusters[*at]);
                    let home = only((0..stills).filter(of_film))?;
                    Some((*film, home))
                })
                .collect();
            for (film, home) in &homes {
                let rivals = homes.iter().filter(|(_, other)| other == home).count();
                let mut whole = self.clusters[*home].clone();
                whole.push(*film);
                if rivals == 1 && !taken.contains(home) && self.distinct(&whole) {
                    self.clusters[*home] = whole;
                    left.retain(|other| other != film);
                }
            }
            taken.extend(homes.into_iter().map(|(_, home)| home));
        }
        self.clusters.extend(left.into_iter().map(|film| vec![film]));
    }

    fn shares_id(&self, film: usize, cluster: &[usize]) -> bool {
        let id = self.entries[film].content_id;
        id.is_some() && cluster.iter().any(|still| self.entries[*still].content_id == id)
    }

    fn shares_key(&self, index: usize, cluster: &[usize]) -> bool {
        cluster.iter().any(|other| self.keys[other] == self.keys[&index])
    }

    fn is_other(&self, cluster: &[usize]) -> bool {
        cluster.iter().all(|index| self.parts[index].role == Role::Other)
    }

    fn fits_by_id_and_name(&self, film: usize, cluster: &[usize]) -> bool {
        self.shares_id(film, cluster) && self.shares_key(film, cluster)
    }

    fn fits_by_id(&self, film: usize, cluster: &[usize]) -> bool {
        self.shares_id(film, cluster)
    }

    fn fits_by_name_and_time(&self, film: usize, cluster: &[usize]) -> bool {
        let compared = |still: &usize| compare(&self.entries[film], &self.entries[*still]);
        !self.is_other(cluster)
            && self.shares_key(film, cluster)
            && cluster.iter().any(|still| compared(still) == Evidence::Same)
            && !cluster.iter().any(|still| compared(still) == Evidence::Apart)
    }

    /// Puts each into the cluster that `home` names; where there is none it stays alone.
    fn attach(&mut self, these: &[usize], home: fn(&Self, usize) -> Option<usize>) {
        let mut alone = Vec::new();
        let homes: Vec<_> = these.iter().map(|index| (*index, home(self, *index))).collect();
        for (index, home) in homes {
            let whole = home.map(|home| {
                let mut whole = self.clusters[home].clone();
                whole.push(index);
                (home, whole)
            });
            match whole.filter(|(_, whole)| self.distinct(whole)) {
                Some((home, whole)) => self.clusters[home] = whole,
                None => alone.push(vec![index]),
            }
        }
        self.clusters.extend(alone);
    }

    /// The photo or film of the same stem and moment.
    fn home_of_edited(&self, index: usize) -> Option<usize> {
        let fits = |cluster: &Vec<usize>| {
            !self.is_other(cluster)
                && self.shares_key(index, cluster)
                && cluster.iter().any(|original| self.same(index, *original))
        };
        only(self.places(fits))
    }

    fn home_of_sidecar(&self, index: usize) -> Option<usize> {
        let parts = &self.parts[&index];
        if let Some(of) = &parts.of {
            let whole = fold_key(of);
            let is_it = |other: &usize| fold_key(self.entries[*other].name) == whole;
            return only(self.places(|cluster| cluster.iter().any(is_it)));
        }
        let near =
            |cluster: &Vec<usize>| !self.is_other(cluster) && self.shares_key(index, cluster);
        let of_role = |roles: &'static [Role]| {
            let has = |other: &usize| roles.contains(&self.parts[other].role);
            move |cluster: &Vec<usize>| near(cluster) && cluster.iter().any(has)
        };
        let only_near = only(self.places(near));
        if !parts.prefers_raw {
            return only_near;
        }
        only_near
            .or_else(|| only(self.places(of_role(&[Role::Raw]))))
            .or_else(|| only(self.places(of_role(&[Role::Picture, Role::Raw]))))
    }

    fn places(&self, fits: impl Fn(&Vec<usize>) -> bool) -> impl Iterator<Item = usize> {
        let found: Vec<usize> =
            (0..self.clusters.len()).filter(|at| fits(&self.clusters[*at])).collect();
        found.into_iter()
    }

    /// Whether the members can have one stem without two having one name.
    fn distinct(&self, cluster: &[usize]) -> bool {
        let mut seen: BTreeSet<(Option<Edit>, String)> = BTreeSet::new();
        cluster.iter().all(|index| {
            let parts = &self.parts[index];
            seen.insert((parts.edit, fold_key(&parts.tail)))
        })
    }
}

/// The only one; nothing when there are several.
fn only(mut found: impl Iterator<Item = usize>) -> Option<usize> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

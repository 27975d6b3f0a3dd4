//! Which of the cloud's names a volume takes, where it cannot hold them all. Owns who gets a name
//! that several want; renames nobody.

use std::collections::BTreeMap;

use super::{
    fold::compare_key,
    volume::{Unfit, VolumeRules},
};

/// A file of the cloud that is to have its name on a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contender<'a, K> {
    /// The cloud's number for it, in the order of which names are given out.
    pub inode: K,
    /// Its name.
    pub name: &'a str,
    /// Whether the file lies on the volume under this name already: it is never driven out, else a
    /// new file in the cloud could take a name away that has bytes behind it.
    pub held: bool,
}

/// What becomes of a name on a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement<K> {
    /// It has it.
    Placed,
    /// Another file has the place; this one stays in the cloud and is listed.
    Clash {
        /// The file that has it.
        with: K,
    },
    /// The volume cannot hold the name; the file stays in the cloud and is listed.
    Unfit(Unfit),
}

/// Gives out the names of one folder, in the order of the contenders. Each place goes to who holds
/// it, else to the lowest inode, so that every device that starts from nothing chooses alike.
pub fn placements<K: Ord + Clone>(
    contenders: &[Contender<'_, K>],
    rules: &VolumeRules,
) -> Vec<Placement<K>> {
    let mut order: Vec<usize> = (0..contenders.len()).collect();
    order.sort_by_key(|index| (!contenders[*index].held, &contenders[*index].inode));
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    for index in order {
        let contender = &contenders[index];
        if rules.check(contender.name).is_ok() {
            owners.entry(compare_key(contender.name, rules)).or_insert(index);
        }
    }
    let place = |(index, contender): (usize, &Contender<'_, K>)| {
        if let Err(unfit) = rules.check(contender.name) {
            return Placement::Unfit(unfit);
        }
        match owners.get(&compare_key(contender.name, rules)) {
            Some(owner) if *owner != index => {
                Placement::Clash { with: contenders[*owner].inode.clone() }
            }
            _ => Placement::Placed,
        }
    };
    contenders.iter().enumerate().map(place).collect()
}

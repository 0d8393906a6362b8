"""Writes streaming_forests_reference.txt: random cut trees by the package rrcf, half-space trees by the paper's definition.

    pip install numpy==2.4.6 rrcf==0.4.4
    python tests/golden/generate_streaming_forests.py

One array a line: name, then its values. Both are given the library's random numbers, so that trees and scores are the same and
not only alike: random_stream is Philox4x32-10 with the seed as key and the stream in the upper half of the counter.
"""

import collections
from pathlib import Path

import numpy as np
import rrcf

rng = np.random.default_rng(20240601)
lines = []


def put(name, values):
    lines.append(" ".join([name, *(repr(float(v)) for v in np.ravel(values))]))


class RandomStream:
    """The i-th number of a stream depends on (seed, stream, i) alone. Salmon, Moraes, Dror & Shaw, SC 2011."""

    MASK = 0xFFFFFFFF

    def __init__(self, seed, stream):
        self.key = (seed & self.MASK, seed >> 32)
        self.stream = (stream & self.MASK, stream >> 32)
        self.blocks = 0
        self.ready = []

    def next_u64(self):
        if not self.ready:
            c = [self.blocks, 0, *self.stream]
            k = list(self.key)
            for _ in range(10):
                p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
                c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & self.MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & self.MASK]
                k = [(k[0] + 0x9E3779B9) & self.MASK, (k[1] + 0xBB67AE85) & self.MASK]
            self.blocks += 1
            self.ready = [c[1] << 32 | c[0], c[3] << 32 | c[2]]
        return self.ready.pop(0)

    def random(self):
        return (self.next_u64() >> 11) * 2.0**-53

    def uniform(self, low, high):
        return low + (high - low) * self.random()


class Tree(rrcf.RCTree):
    """rrcf 0.4.4 keeps the box of a leaf as one row, writes the extended box into an array of that shape, so that its two rows
    are the same, and so always cuts a point from a leaf in the first column. Two rows give the published cut."""

    def _insert_point_cut(self, point, bbox):
        return super()._insert_point_cut(point, np.vstack([bbox[0], bbox[-1]]))


def random_cut_tree():
    """A sliding window over one tree: displacement of each row when it enters, and of all rows that are left at the end."""
    capacity, seed = 24, 9
    points = np.round(rng.normal(size=(300, 3)), 3)
    points[40:60] = points[20:40]  # rows that repeat
    points[100:140] = np.round(points[100:140])
    points[200] = [9.0, -9.0, 0.5]
    points[250:, 2] = 0.25  # a column that stops
    tree = Tree()
    entering = []
    for i, point in enumerate(points):
        if i >= capacity:
            tree.forget_point(i - capacity)
        tree.rng = RandomStream(seed, i)
        tree.insert_point(point, index=i)
        entering.append(tree.codisp(i))
    put("rrcf.shape", [capacity, seed, *points.shape])
    put("rrcf.points", points)
    put("rrcf.entering", entering)
    put("rrcf.staying", [tree.codisp(i) for i in range(len(points) - capacity, len(points))])


def half_space_trees():
    """Explicit trees with a reference and a latest counter in each node, as in Tan, Ting & Liu, IJCAI 2011."""
    trees, depth, window, seed, columns = 7, 9, 40, 5, 3
    training = rng.normal(size=(window, columns))
    stream = rng.normal(size=(300, columns)) + np.linspace(0.0, 1.5, 300)[:, None]
    stream[::37] *= 5.0
    low, high = training.min(axis=0), training.max(axis=0)

    def column_of(tree, node):
        level = node.bit_length() - 1
        block = node if level % 2 == 0 else node >> 1
        random = RandomStream(seed, (tree + 1) << 32 | block)
        first, second = random.next_u64(), random.next_u64()
        bits = (
            first & RandomStream.MASK if level % 2 == 0 else (second & RandomStream.MASK if node & 1 else first >> 32)
        )
        return bits * columns >> 32

    ranges = []
    for tree in range(trees):
        random = RandomStream(seed, tree)
        centres = np.array([random.random() for _ in range(columns)])
        half = 2.0 * np.maximum(centres, 1.0 - centres)
        ranges.append((centres - half, centres + half))
    reference, latest = collections.Counter(), collections.Counter()

    def nodes_of(tree, x):
        """The row's way from the root; each node halves its own range."""
        start, end = ranges[tree][0].copy(), ranges[tree][1].copy()
        node = 1
        for _ in range(depth):
            yield node
            column = column_of(tree, node)
            middle = 0.5 * (start[column] + end[column])
            if (
                x[column] >= middle - 2.0**-36 * (ranges[tree][1] - ranges[tree][0])[column]
            ):  # an edge is not left to rounding
                start[column], node = middle, 2 * node + 1
            else:
                end[column], node = middle, 2 * node
        yield node

    def learn(x):
        for tree in range(trees):
            for node in nodes_of(tree, x):
                latest[tree, node] += 1

    def score(x):
        total = 0.0
        for tree in range(trees):
            for level, node in enumerate(nodes_of(tree, x)):
                mass = reference[tree, node]
                if mass <= 0.1 * window or level == depth:
                    total += mass * 2.0**level
                    break
        return 1.0 - np.log2(total + 1.0) / np.log2(trees * window)

    scores = []
    for rows, x in enumerate(np.vstack([training, stream])):
        x = (x - low) / (high - low)
        if rows >= window:
            scores.append(score(x))
        learn(x)
        if (rows + 1) % window == 0:
            reference, latest = latest, collections.Counter()
    put("half_space.shape", [trees, depth, window, seed, columns])
    put("half_space.training", training)
    put("half_space.stream", stream)
    put("half_space.scores", scores)


random_cut_tree()
half_space_trees()
Path(__file__).with_name("streaming_forests_reference.txt").write_text("\n".join(lines) + "\n")

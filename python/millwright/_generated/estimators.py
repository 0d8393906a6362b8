"""Detectors and normalisers. Made by python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from ..detect.estimators import Detector, Normalizer, register
from ..detect.forests import PackedForestDetector
from ..detect.import_extended_forest import ExtendedForestImporter
from ..detect.import_forest import ForestImporters
from ..detect.import_one_class import SklearnOneClassSvm
from ..detect.import_pca import SklearnPca

__all__ = [
    "Aakr",
    "ApproximateOneClassSvm",
    "Autoencoder",
    "ContextNormalizer",
    "ExtendedIsolationForest",
    "HalfSpaceTrees",
    "IsolationForest",
    "KmeansDistance",
    "KnnDistance",
    "Mahalanobis",
    "OneClassSvm",
    "OnlineIsolationForest",
    "PcaMonitor",
    "QuantizedForest",
    "RandomCutForest",
    "Svdd",
]


class ContextNormalizer(Normalizer):
    """Normalises features by the operating regime: robust location and scale for each regime of context.

    Parameters
    ----------
    by : sequence of str, default=()
        Context columns that define the regimes; "speed" stands for "speed.mean"; empty: one regime.
    method : {"kmeans", "bins"}, default="kmeans"
        How regimes are formed.
    regimes : int, default=4
        Regimes that k-means looks for; fewer where the context has fewer distinct values (1 to 256).
    edges : sequence of float, default=()
        Bin edges, ascending; for several context columns one list after the other, in the order of `by` (unit: u).
    edge_counts : sequence of float, default=()
        Edges that belong to each context column; may be empty for one column (2 to 4097).
    min_rows : int, default=30
        Training rows below which a regime uses location and scale of all rows (2 to 1e+09; unit: windows).
    novelty_factor : float, default=1.5
        Context is novel beyond this many times the largest distance that training rows of the regime have from its
        centre (1 to 1e+09).
    novelty_margin : float, default=0.5
        Smallest such limit, in standard deviations of the context (at least 4 % of its mean) (0 to 1e+09).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "context_normalizer"

    def __init__(
        self,
        *,
        by: Sequence[str] = (),
        method: Literal["kmeans", "bins"] = "kmeans",
        regimes: int = 4,
        edges: Sequence[float] = (),
        edge_counts: Sequence[float] = (),
        min_rows: int = 30,
        novelty_factor: float = 1.5,
        novelty_margin: float = 0.5,
    ) -> None:
        self.by = by
        self.method = method
        self.regimes = regimes
        self.edges = edges
        self.edge_counts = edge_counts
        self.min_rows = min_rows
        self.novelty_factor = novelty_factor
        self.novelty_margin = novelty_margin


class IsolationForest(ForestImporters):
    """Isolation forest with an out-of-box term: rows that random splits separate early, or that leave the training
    range, score high.

    Parameters
    ----------
    trees : int, default=200
        Number of trees (1 to 10000).
    samples : int, default=256
        Training rows drawn for each tree, without replacement; all rows where there are fewer (2 to 16384; unit:
        windows).
    max_depth : int, default=0
        Splits on the longest path; 0: log2 of the samples, rounded up (0 to 64).
    missing : {"refuse", "divide", "larger"}, default="refuse"
        Rows with missing values: not scored; both sides of a split, by their shares of the training rows; its
        larger side.
    explanation : {"path", "shap"}, default="path"
        Contributions by the columns on a row's paths, or by exact Shapley values of the mean path length.
    out_of_box_weight : float, default=1.0
        Weight of the mean excess over the training range; 0: the published forest (0 to 1e+06).
    seed : int, default=0
        Seed of the random numbers (at least 0).
    threads : int, default=1
        Threads that fit; 0: one per processor; the model does not depend on it (0 to 1024).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "isolation_forest"

    def __init__(
        self,
        *,
        trees: int = 200,
        samples: int = 256,
        max_depth: int = 0,
        missing: Literal["refuse", "divide", "larger"] = "refuse",
        explanation: Literal["path", "shap"] = "path",
        out_of_box_weight: float = 1.0,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self.trees = trees
        self.samples = samples
        self.max_depth = max_depth
        self.missing = missing
        self.explanation = explanation
        self.out_of_box_weight = out_of_box_weight
        self.seed = seed
        self.threads = threads


class ExtendedIsolationForest(ExtendedForestImporter):
    """Isolation forest with the options of its family: hyperplanes, splits by gain, densities, categories, missing
    values.

    Parameters
    ----------
    trees : int, default=200
        Number of trees (1 to 10000).
    samples : int, default=256
        Training rows drawn for each tree, without replacement; all rows where there are fewer (2 to 16384; unit:
        windows).
    max_depth : int, default=0
        Splits on the longest path; 0: log2 of the samples, rounded up; -1: until at most two rows are together (-1
        to 16384).
    dimensions : int, default=2
        Columns combined by a split; 1: one column, as in isolation_forest; fewer where fewer columns vary (1 to
        64).
    coefficients : {"normal", "uniform"}, default="normal"
        Distribution of the coefficients of a combination.
    split : {"random", "averaged_gain", "pooled_gain"}, default="random"
        Threshold: uniform in the range, or where it takes away most of the spread, averaged or pooled over the
        sides.
    tries : int, default=1
        With gain: combinations tried, of which the best is taken (1 to 1000).
    column_choice : {"uniform", "range"}, default="uniform"
        Columns drawn with equal probability or in proportion to their range in the node, for columns of one unit.
    penalize_range : bool, default=False
        Takes 1 from the depth for each split that a row passes further away than the node's range.
    scoring : {"depth", "adjusted_depth", "density", "boxed_density", "boxed_ratio"}, default="depth"
        What a leaf says about its rows.
    missing : {"refuse", "divide", "larger", "impute"}, default="refuse"
        Rows with missing values: not scored; both sides of a split, or its larger one (one dimension); median of
        the training rows.
    categorical : sequence of str, default=()
        Columns that hold categories, whole numbers 0 to 63.
    explanation : {"path", "shap"}, default="path"
        Contributions by the columns on a row's paths, or by exact Shapley values of the mean leaf value (one
        dimension).
    out_of_box_weight : float, default=1.0
        Weight of the mean excess over the training range; 0: the published forests (0 to 1e+06).
    seed : int, default=0
        Seed of the random numbers (at least 0).
    threads : int, default=1
        Threads that fit; 0: one per processor; the model does not depend on it (0 to 1024).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "extended_isolation_forest"

    def __init__(
        self,
        *,
        trees: int = 200,
        samples: int = 256,
        max_depth: int = 0,
        dimensions: int = 2,
        coefficients: Literal["normal", "uniform"] = "normal",
        split: Literal["random", "averaged_gain", "pooled_gain"] = "random",
        tries: int = 1,
        column_choice: Literal["uniform", "range"] = "uniform",
        penalize_range: bool = False,
        scoring: Literal["depth", "adjusted_depth", "density", "boxed_density", "boxed_ratio"] = "depth",
        missing: Literal["refuse", "divide", "larger", "impute"] = "refuse",
        categorical: Sequence[str] = (),
        explanation: Literal["path", "shap"] = "path",
        out_of_box_weight: float = 1.0,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self.trees = trees
        self.samples = samples
        self.max_depth = max_depth
        self.dimensions = dimensions
        self.coefficients = coefficients
        self.split = split
        self.tries = tries
        self.column_choice = column_choice
        self.penalize_range = penalize_range
        self.scoring = scoring
        self.missing = missing
        self.categorical = categorical
        self.explanation = explanation
        self.out_of_box_weight = out_of_box_weight
        self.seed = seed
        self.threads = threads


class QuantizedForest(PackedForestDetector):
    """Isolation forest packed for small devices: thresholds as ranks, float32 or 16 bits, with the loss measured while
    fitting.

    Parameters
    ----------
    trees : int, default=100
        Number of trees before pruning (1 to 10000).
    samples : int, default=256
        Training rows drawn for each tree, without replacement; all rows where there are fewer (2 to 16384; unit:
        windows).
    max_depth : int, default=0
        Splits on the longest path; 0: log2 of the samples, rounded up (0 to 64).
    out_of_box_weight : float, default=1.0
        Weight of the mean excess over the training range; 0: the published forest (0 to 1e+06).
    precision : {"rank", "float32", "fixed16"}, default="float32"
        How thresholds are kept: rank is exact, float32 is exact for float32 features, fixed16 is the smallest.
    pruning_tolerance : float, default=0.0
        Largest change of a training row's score for which trees may be dropped; 0: keep all (0 to 1).
    contamination : float, default=0.01
        Training rows beyond the threshold at which flipped decisions are counted (0 to 0.5; unit: share).
    seed : int, default=0
        Seed of the random numbers (at least 0).
    threads : int, default=1
        Threads that fit; 0: one per processor; the model does not depend on it (0 to 1024).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: beyond it lies the share `contamination` of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "quantized_forest"

    def __init__(
        self,
        *,
        trees: int = 100,
        samples: int = 256,
        max_depth: int = 0,
        out_of_box_weight: float = 1.0,
        precision: Literal["rank", "float32", "fixed16"] = "float32",
        pruning_tolerance: float = 0.0,
        contamination: float = 0.01,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self.trees = trees
        self.samples = samples
        self.max_depth = max_depth
        self.out_of_box_weight = out_of_box_weight
        self.precision = precision
        self.pruning_tolerance = pruning_tolerance
        self.contamination = contamination
        self.seed = seed
        self.threads = threads


class HalfSpaceTrees(Detector):
    """Half-space trees: rows where the last full window of learned rows was sparse score high; follows the stream.

    Parameters
    ----------
    trees : int, default=25
        Number of trees (1 to 1000).
    depth : int, default=15
        Halvings of the work range (1 to 16).
    window : int, default=250
        Learned rows after which the latest window becomes the reference (8 to 8192; unit: windows).
    out_of_box_weight : float, default=4.0
        Weight of the mean excess over the range of training and learned rows; 0: the published trees (0 to 1e+06).
    learn : {"below", "always", "never"}, default="below"
        Rows that a stream learns after scoring them: those that score no higher than the guard, all, or none.
    learn_quantile : float, default=0.99
        The guard is this quantile of the scores of normal rows that were held out (0.5 to 1; unit: share).
    seed : int, default=0
        Seed of the random numbers (at least 0).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "half_space_trees"

    def __init__(
        self,
        *,
        trees: int = 25,
        depth: int = 15,
        window: int = 250,
        out_of_box_weight: float = 4.0,
        learn: Literal["below", "always", "never"] = "below",
        learn_quantile: float = 0.99,
        seed: int = 0,
    ) -> None:
        self.trees = trees
        self.depth = depth
        self.window = window
        self.out_of_box_weight = out_of_box_weight
        self.learn = learn
        self.learn_quantile = learn_quantile
        self.seed = seed


class OnlineIsolationForest(Detector):
    """Online isolation forest: histograms that split where the sliding window is dense; rows in shallow leaves score
    high.

    Parameters
    ----------
    trees : int, default=32
        Number of trees (1 to 1000).
    window : int, default=2048
        Learned rows before the oldest is forgotten (16 to 65536; unit: windows).
    leaf_rows : int, default=32
        Rows at which a root splits, doubled at each level; at most an eighth of the rows that it was fitted on (2
        to 8192; unit: windows).
    out_of_box_weight : float, default=1.0
        Weight of the mean excess over the range of training and learned rows; 0: the published forest (0 to 1e+06).
    learn : {"below", "always", "never"}, default="below"
        Rows that a stream learns after scoring them: those that score no higher than the guard, all, or none.
    learn_quantile : float, default=0.99
        The guard is this quantile of the scores of normal rows that were held out (0.5 to 1; unit: share).
    seed : int, default=0
        Seed of the random numbers (at least 0).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "online_isolation_forest"

    def __init__(
        self,
        *,
        trees: int = 32,
        window: int = 2048,
        leaf_rows: int = 32,
        out_of_box_weight: float = 1.0,
        learn: Literal["below", "always", "never"] = "below",
        learn_quantile: float = 0.99,
        seed: int = 0,
    ) -> None:
        self.trees = trees
        self.window = window
        self.leaf_rows = leaf_rows
        self.out_of_box_weight = out_of_box_weight
        self.learn = learn
        self.learn_quantile = learn_quantile
        self.seed = seed


class RandomCutForest(Detector):
    """Robust random cut forest: rows that push many learned rows down in random trees score high; follows the stream.

    Parameters
    ----------
    trees : int, default=40
        Number of trees (1 to 1000).
    samples : int, default=256
        Rows that a tree holds (2 to 4096; unit: windows).
    window : int, default=2048
        Learned rows that a tree's rows are a sample of; not below `samples`, which makes it the last rows (2 to
        1e+09; unit: windows).
    learn : {"below", "always", "never"}, default="below"
        Rows that a stream learns after scoring them: those that score no higher than the guard, all, or none.
    learn_quantile : float, default=0.99
        The guard is this quantile of the scores of normal rows that were held out (0.5 to 1; unit: share).
    seed : int, default=0
        Seed of the random numbers (at least 0).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "random_cut_forest"

    def __init__(
        self,
        *,
        trees: int = 40,
        samples: int = 256,
        window: int = 2048,
        learn: Literal["below", "always", "never"] = "below",
        learn_quantile: float = 0.99,
        seed: int = 0,
    ) -> None:
        self.trees = trees
        self.samples = samples
        self.window = window
        self.learn = learn
        self.learn_quantile = learn_quantile
        self.seed = seed


class Mahalanobis(Detector):
    """Mahalanobis distance with shrunk covariance: rows that break the correlations of normal operation score high.

    Parameters
    ----------
    estimator : {"oas", "ledoit_wolf", "fixed", "mcd"}, default="oas"
        How the covariance is estimated: shrunk by one of three rules, or the robust minimum covariance determinant.
    shrinkage : float, default=0.1
        Share of the identity in the covariance; estimator fixed only (0 to 1; unit: share).
    location : {"median", "mean"}, default="median"
        Centre of normal operation, column by column; not for mcd.
    winsor : float, default=5.0
        Training values are clipped at this many robust standard deviations; 0: not clipped; not for mcd (0 to
        1e+06).
    support : float, default=0.75
        Share of the training rows that are taken for good, the others may be anything; estimator mcd only (0.5 to
        1; unit: share).
    lags : int, default=0
        Rows before the scored one that are scored with it, side by side; the first ones after a gap score NaN (0 to
        999; unit: windows).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "mahalanobis"

    def __init__(
        self,
        *,
        estimator: Literal["oas", "ledoit_wolf", "fixed", "mcd"] = "oas",
        shrinkage: float = 0.1,
        location: Literal["median", "mean"] = "median",
        winsor: float = 5.0,
        support: float = 0.75,
        lags: int = 0,
    ) -> None:
        self.estimator = estimator
        self.shrinkage = shrinkage
        self.location = location
        self.winsor = winsor
        self.support = support
        self.lags = lags


class PcaMonitor(SklearnPca):
    """Principal component monitoring: Hotelling's T2 for unusual sizes, SPE (Q) for broken correlations, or both
    combined.

    Parameters
    ----------
    statistic : {"t2", "spe", "combined"}, default="combined"
        What scores a row.
    scaling : {"standard", "robust", "none"}, default="standard"
        Mean and standard deviation, median and 1.4826 MAD, or mean only.
    selection : {"variance", "count", "parallel"}, default="variance"
        How many components are retained: by their share of the variance, a given number, or by parallel analysis.
    variance_share : float, default=0.9
        The fewest components that explain this share are retained, leaving one out at least; selection variance
        only (0.01 to 1; unit: share).
    components : int, default=2
        Components that are retained; selection count only (1 to 4096).
    confidence : float, default=0.99
        Of the limits, under normal and independent rows (0.5 to 0.999999; unit: share).
    spe_limit_rule : {"jackson_mudholkar", "box"}, default="jackson_mudholkar"
        Approximation of the distribution of SPE that gives its limit.
    lags : int, default=0
        Rows before the scored one that are scored with it, side by side; the first ones after a gap score NaN (0 to
        999; unit: windows).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "pca_monitor"

    def __init__(
        self,
        *,
        statistic: Literal["t2", "spe", "combined"] = "combined",
        scaling: Literal["standard", "robust", "none"] = "standard",
        selection: Literal["variance", "count", "parallel"] = "variance",
        variance_share: float = 0.9,
        components: int = 2,
        confidence: float = 0.99,
        spe_limit_rule: Literal["jackson_mudholkar", "box"] = "jackson_mudholkar",
        lags: int = 0,
    ) -> None:
        self.statistic = statistic
        self.scaling = scaling
        self.selection = selection
        self.variance_share = variance_share
        self.components = components
        self.confidence = confidence
        self.spe_limit_rule = spe_limit_rule
        self.lags = lags


class OneClassSvm(SklearnOneClassSvm):
    """One-class support vector machine: rows outside of the region that holds nearly all training rows score high,
    above zero.

    Parameters
    ----------
    kernel : {"rbf", "linear", "polynomial", "sigmoid"}, default="rbf"
        Similarity of two rows.
    gamma : str or float, default="scale"
        Width of the kernel: scale: 1 / (columns x variance of all values), auto: 1 / columns, or a positive number.
    degree : int, default=3
        Exponent; kernel polynomial only (1 to 64).
    coef0 : float, default=0.0
        Added to the product; kernels polynomial and sigmoid only (-1e+06 to 1e+06).
    nu : float, default=0.1
        At most this share of the training rows lies outside, at least this share become support vectors (1e-09 to
        1; unit: share).
    standardize : bool, default=False
        Whether columns are centred and divided by their standard deviation; columns that do not vary then take no
        part.
    tolerance : float, default=0.001
        Largest violation of the optimality conditions; at least what single precision of the kernels can resolve
        (1e-12 to 1).
    cache_mb : int, default=200
        Memory for kernel columns while fitting, in 1024^2 bytes (1 to 65536).
    max_iterations : int, default=1000000
        Steps after which fitting gives up (1 to 1e+12).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "one_class_svm"

    def __init__(
        self,
        *,
        kernel: Literal["rbf", "linear", "polynomial", "sigmoid"] = "rbf",
        gamma: str | float = "scale",
        degree: int = 3,
        coef0: float = 0.0,
        nu: float = 0.1,
        standardize: bool = False,
        tolerance: float = 0.001,
        cache_mb: int = 200,
        max_iterations: int = 1000000,
    ) -> None:
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.nu = nu
        self.standardize = standardize
        self.tolerance = tolerance
        self.cache_mb = cache_mb
        self.max_iterations = max_iterations


class Svdd(Detector):
    """Support vector data description: rows outside of the smallest ball around nearly all training rows score high,
    above zero.

    Parameters
    ----------
    kernel : {"rbf", "linear", "polynomial", "sigmoid"}, default="rbf"
        Similarity of two rows.
    gamma : str or float, default="scale"
        Width of the kernel: scale: 1 / (columns x variance of all values), auto: 1 / columns, or a positive number.
    degree : int, default=3
        Exponent; kernel polynomial only (1 to 64).
    coef0 : float, default=0.0
        Added to the product; kernels polynomial and sigmoid only (-1e+06 to 1e+06).
    nu : float, default=0.1
        At most this share of the training rows lies outside, at least this share become support vectors (1e-09 to
        1; unit: share).
    standardize : bool, default=False
        Whether columns are centred and divided by their standard deviation; columns that do not vary then take no
        part.
    tolerance : float, default=0.001
        Largest violation of the optimality conditions; at least what single precision of the kernels can resolve
        (1e-12 to 1).
    cache_mb : int, default=200
        Memory for kernel columns while fitting, in 1024^2 bytes (1 to 65536).
    max_iterations : int, default=1000000
        Steps after which fitting gives up (1 to 1e+12).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "svdd"

    def __init__(
        self,
        *,
        kernel: Literal["rbf", "linear", "polynomial", "sigmoid"] = "rbf",
        gamma: str | float = "scale",
        degree: int = 3,
        coef0: float = 0.0,
        nu: float = 0.1,
        standardize: bool = False,
        tolerance: float = 0.001,
        cache_mb: int = 200,
        max_iterations: int = 1000000,
    ) -> None:
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.nu = nu
        self.standardize = standardize
        self.tolerance = tolerance
        self.cache_mb = cache_mb
        self.max_iterations = max_iterations


class ApproximateOneClassSvm(Detector):
    """One-class support vector machine of fixed cost: a linear one on features that approximate the RBF kernel, for
    small devices.

    Parameters
    ----------
    map : {"nystroem", "fourier"}, default="nystroem"
        Features: kernels to landmarks, or random cosine waves.
    features : int, default=256
        Number of landmarks or waves; a multiple of 32 wastes nothing (1 to 4096).
    gamma : str or float, default="scale"
        Width of the kernel: scale: 1 / (columns x variance of all values), auto: 1 / columns, or a positive number.
    nu : float, default=0.1
        At most this share of the training rows lies outside (1e-09 to 1; unit: share).
    standardize : bool, default=False
        Whether columns are centred and divided by their standard deviation; columns that do not vary then take no
        part.
    tolerance : float, default=0.0001
        Largest violation of the optimality conditions, as a multiple of nu x rows (1e-09 to 1).
    seed : int, default=0
        Seed of the random waves; map fourier only (at least 0).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "approximate_one_class_svm"

    def __init__(
        self,
        *,
        map: Literal["nystroem", "fourier"] = "nystroem",
        features: int = 256,
        gamma: str | float = "scale",
        nu: float = 0.1,
        standardize: bool = False,
        tolerance: float = 0.0001,
        seed: int = 0,
    ) -> None:
        self.map = map
        self.features = features
        self.gamma = gamma
        self.nu = nu
        self.standardize = standardize
        self.tolerance = tolerance
        self.seed = seed


class KnnDistance(Detector):
    """Distance to the nearest rows of normal operation: rows in places where no training row was score high.

    Parameters
    ----------
    neighbors : int, default=5
        Nearest reference rows that count; all where there are fewer (1 to 1000).
    aggregate : {"mean", "largest", "median"}, default="mean"
        What of their distances is the score.
    max_reference : int, default=1024
        Most reference rows; of more training rows, a subset that is as dense and covers them is chosen (2 to
        65536).
    scaling : {"standard", "robust"}, default="standard"
        Scale of a column: mean and standard deviation, or median and 1.4826 MAD.
    lags : int, default=0
        Rows before the scored one that are scored with it, side by side; the first ones after a gap score NaN (0 to
        999; unit: windows).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "knn_distance"

    def __init__(
        self,
        *,
        neighbors: int = 5,
        aggregate: Literal["mean", "largest", "median"] = "mean",
        max_reference: int = 1024,
        scaling: Literal["standard", "robust"] = "standard",
        lags: int = 0,
    ) -> None:
        self.neighbors = neighbors
        self.aggregate = aggregate
        self.max_reference = max_reference
        self.scaling = scaling
        self.lags = lags


class KmeansDistance(Detector):
    """Distance to the nearest k-means centre: rows unlike each typical state of normal operation score high.

    Parameters
    ----------
    clusters : int, default=10
        Centres; fewer where there are fewer distinct training rows (1 to 1024).
    scaling : {"standard", "robust"}, default="standard"
        Scale of a column: mean and standard deviation, or median and 1.4826 MAD.
    lags : int, default=0
        Rows before the scored one that are scored with it, side by side; the first ones after a gap score NaN (0 to
        999; unit: windows).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "kmeans_distance"

    def __init__(
        self,
        *,
        clusters: int = 10,
        scaling: Literal["standard", "robust"] = "standard",
        lags: int = 0,
    ) -> None:
        self.clusters = clusters
        self.scaling = scaling
        self.lags = lags


class Aakr(Detector):
    """Auto-associative kernel regression (AAKR, MSET): rows that differ from their estimate by similar rows score high.

    Parameters
    ----------
    method : {"aakr", "mset"}, default="aakr"
        Estimate by a weighted mean of the memory, or by the inverse of its similarities.
    selection : {"k_center", "min_max"}, default="k_center"
        Memory: rows that cover the others, or those with each column's extremes and more at even steps of their
        norm.
    max_memory : int, default=256
        Most rows in the memory (2 to 2048).
    bandwidth : float, default=0.0
        Width of the Gaussian in standardised distance; 0: the one of nine that best estimates blocks of training
        rows from the others (0 to 1e+06).
    ridge : float, default=0.001
        Added to the diagonal of the similarities; mset only (1e-09 to 1000).
    scaling : {"standard", "robust"}, default="standard"
        Scale of a column: mean and standard deviation, or median and 1.4826 MAD.
    lags : int, default=0
        Rows before the scored one that are scored with it, side by side; the first ones after a gap score NaN (0 to
        999; unit: windows).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "aakr"

    def __init__(
        self,
        *,
        method: Literal["aakr", "mset"] = "aakr",
        selection: Literal["k_center", "min_max"] = "k_center",
        max_memory: int = 256,
        bandwidth: float = 0.0,
        ridge: float = 0.001,
        scaling: Literal["standard", "robust"] = "standard",
        lags: int = 0,
    ) -> None:
        self.method = method
        self.selection = selection
        self.max_memory = max_memory
        self.bandwidth = bandwidth
        self.ridge = ridge
        self.scaling = scaling
        self.lags = lags


class Autoencoder(Detector):
    """Small dense autoencoder: rows that a narrow network trained on normal operation cannot give back score high.

    Parameters
    ----------
    hidden : sequence of float, default=()
        Sizes of the hidden layers, at most seven; none given: two thirds, one third and two thirds of the columns
        (1 to 256).
    activation : {"tanh", "relu", "linear"}, default="tanh"
        Of the hidden layers.
    clip : float, default=5.0
        The network sees values up to this many scales from the centre (0.1 to 1e+06).
    epochs : int, default=200
        Most passes over the training rows (1 to 10000).
    batch : int, default=32
        Rows of one step (1 to 4096; unit: windows).
    learning_rate : float, default=0.005
        Step size of Adam (1e-06 to 1).
    held_out : float, default=0.2
        Last part of the training rows, which decides when to stop (0.05 to 0.5; unit: share).
    patience : int, default=20
        Epochs without improvement after which training stops (1 to 1000).
    seed : int, default=0
        Seed of the random numbers (at least 0).
    scaling : {"standard", "robust"}, default="standard"
        Scale of a column: mean and standard deviation, or median and 1.4826 MAD.
    lags : int, default=0
        Rows before the scored one that are scored with it, side by side; the first ones after a gap score NaN (0 to
        999; unit: windows).

    Attributes
    ----------
    n_features_in_ : int
        Number of columns seen in `fit`.
    feature_names_in_ : ndarray of str
        Their names, when `fit` was given a table with names.
    offset_ : float
        Where `predict` draws the line between inliers and outliers: the first percentile of the training rows'
        `score_samples`. A pipeline does not use it; its threshold comes from the alert budget.
    stage_ : Stage
        The fitted stage of the core, as a bundle carries it.
    """

    stage_id: ClassVar[str] = "autoencoder"

    def __init__(
        self,
        *,
        hidden: Sequence[float] = (),
        activation: Literal["tanh", "relu", "linear"] = "tanh",
        clip: float = 5.0,
        epochs: int = 200,
        batch: int = 32,
        learning_rate: float = 0.005,
        held_out: float = 0.2,
        patience: int = 20,
        seed: int = 0,
        scaling: Literal["standard", "robust"] = "standard",
        lags: int = 0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.clip = clip
        self.epochs = epochs
        self.batch = batch
        self.learning_rate = learning_rate
        self.held_out = held_out
        self.patience = patience
        self.seed = seed
        self.scaling = scaling
        self.lags = lags


register(
    ContextNormalizer,
    IsolationForest,
    ExtendedIsolationForest,
    QuantizedForest,
    HalfSpaceTrees,
    OnlineIsolationForest,
    RandomCutForest,
    Mahalanobis,
    PcaMonitor,
    OneClassSvm,
    Svdd,
    ApproximateOneClassSvm,
    KnnDistance,
    KmeansDistance,
    Aakr,
    Autoencoder,
)

"""Monkey-Net written plainly from its description: 3-D convolutions, every step as it is told.

For tests and comparisons only: nothing is folded, cached or guarded.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class BatchNorm3d(nn.BatchNorm3d):
    def forward(self, x):
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, self.training
        )


def conv(a, b, size=3, *, padding=1, groups=1):
    return nn.Conv3d(a, b, (1, size, size), padding=(0, padding, padding), groups=groups)


class Block(nn.Module):
    """conv -> norm -> ReLU, with a pool after or an up-sampling before."""

    def __init__(self, a, b, kind, **options):
        super().__init__()
        self.kind = kind
        self.conv = conv(a, b, **options)
        self.norm = BatchNorm3d(b)

    def forward(self, x):
        if self.kind == "up":
            x = F.interpolate(x, scale_factor=(1, 2, 2))
        x = F.relu(self.norm(self.conv(x)))
        return F.avg_pool3d(x, (1, 2, 2)) if self.kind == "down" else x


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.conv2 = conv(c, c), conv(c, c)
        self.norm1, self.norm2 = BatchNorm3d(c), BatchNorm3d(c)

    def forward(self, x):
        out = self.conv1(F.relu(self.norm1(x)))
        return x + self.conv2(F.relu(self.norm2(out)))


class Encoder(nn.Module):
    def __init__(self, first, be, n, mf):
        super().__init__()
        w = [first, *(min(mf, be * 2**i) for i in range(1, n + 1))]
        self.down_blocks = nn.ModuleList(Block(w[i], w[i + 1], "down") for i in range(n))

    def forward(self, x):
        out = [x]
        for block in self.down_blocks:
            out.append(block(out[-1]))
        return out


class Decoder(nn.Module):
    def __init__(self, first, be, n, mf, *, extra=0, out=None):
        super().__init__()
        w = [min(mf, be * 2**i) for i in range(n + 1)]
        self.up_blocks = nn.ModuleList(
            Block((1 if i == n - 1 else 2) * w[i + 1] + extra, w[i], "up")
            for i in range(n - 1, -1, -1)
        )
        self.conv = conv(w[0] + first + extra, out) if out is not None else None

    def forward(self, skips):
        skips = list(skips)
        out = skips.pop()
        for block in self.up_blocks:
            out = torch.cat([block(out), skips.pop()], dim=1)
        return out if self.conv is None else self.conv(out)


class Hourglass(nn.Module):
    def __init__(self, first, out, be, n, mf):
        super().__init__()
        self.encoder = Encoder(first, be, n, mf)
        self.decoder = Decoder(first, be, n, mf, out=out)

    def forward(self, x):
        return self.decoder(self.encoder(x))


def sizes(params):
    return params["block_expansion"], params["num_blocks"], params["max_features"]


def scaled(x, params):
    scale = params.get("scale_factor", 1)
    return x if scale == 1 else F.interpolate(x, scale_factor=(1, scale, scale))


def make_grid(h, w, like):
    x = 2 * torch.arange(w).to(like) / (w - 1) - 1
    y = 2 * torch.arange(h).to(like) / (h - 1) - 1
    return torch.stack([x.view(1, w).repeat(h, 1), y.view(h, 1).repeat(1, w)], dim=-1)


class Detector(nn.Module):
    def __init__(self, params, common):
        super().__init__()
        self.params, self.common = params, common
        self.predictor = Hourglass(common["num_channels"], common["num_kp"], *sizes(params))

    def forward(self, video):
        logits = self.predictor(scaled(video, self.params))
        b, k, d, h, w = logits.shape
        heat = F.softmax(logits.view(b, k, d, -1) / self.params.get("temperature", 0.1), dim=-1)
        heat = (heat.view(b, k, d, h, w) + 1e-7).permute(0, 2, 1, 3, 4)[..., None]
        grid = make_grid(h, w, heat)
        mean = (heat * grid).sum((3, 4))
        kind = self.common["kp_variance"]
        if kind not in ("matrix", "single"):
            return {"mean": mean}
        off = grid - mean[:, :, :, None, None]
        if kind == "single":
            var = (heat * off**2).sum((3, 4)).mean(-1)
            return {"mean": mean, "var": var[..., None, None]}
        var = (heat[..., None] * off[..., :, None] * off[..., None, :]).sum((3, 4))
        if self.params.get("clip_variance"):
            value = torch.linalg.svdvals(var).amin(-1)[..., None, None]
            var = var * value.clamp_min(self.params["clip_variance"]) / value
        return {"mean": mean, "var": var}


def gaussians(kp, h, w, kind):
    off = make_grid(h, w, kp["mean"]) - kp["mean"][:, :, :, None, None]
    if kind == "matrix":
        inverse = torch.linalg.inv(kp["var"])[:, :, :, None, None]
        power = (off[..., None, :] @ inverse @ off[..., None])[..., 0, 0]
    else:
        power = (off**2).sum(-1) / (kp["var"][..., 0, 0][..., None, None] if "var" in kp else kind)
    return torch.exp(-0.5 * power)  # (B, D, K, h, w)


class Embedding(nn.Module):
    def __init__(self, params, common, *, background=False):
        super().__init__()
        self.params, self.common, self.background = params, common, background
        per = params.get("use_heatmap", True) + 2 * params.get("use_difference", False)
        per += common["num_channels"] * params.get("use_deformed_source_image", False)
        self.channels = per * (common["num_kp"] + background)

    def normalised(self, kp, h, w):
        maps = gaussians(kp, h, w, self.common["kp_variance"])
        const = self.params.get("norm_const", "sum")
        return maps / (maps.sum((3, 4), keepdim=True) if const == "sum" else const)

    def forward(self, image, kp_driving, kp_source):
        image = scaled(image, self.params)
        h, w = image.shape[3:]
        b, d, *_ = kp_driving["mean"].shape
        shift = kp_source["mean"] - kp_driving["mean"]
        if self.background:
            shift = torch.cat([torch.zeros_like(shift[:, :, :1]), shift], dim=2)
        parts = []
        if self.params.get("use_heatmap", True):
            maps = self.normalised(kp_driving, h, w)
            if self.params.get("heatmap_type", "gaussian") == "difference":
                maps = maps - self.normalised(kp_source, h, w)
            if self.background:
                maps = torch.cat([torch.zeros_like(maps[:, :, :1]), maps], dim=2)
            parts.append(maps[:, :, :, None])
        if self.params.get("use_difference"):
            parts.append(shift[..., None, None].expand(-1, -1, -1, -1, h, w))
        if self.params.get("use_deformed_source_image"):
            points = shift.shape[2]
            grids = make_grid(h, w, image) + shift[:, :, :, None, None]
            images = image[:, None].expand(-1, d, -1, -1, -1, -1)[:, :, None]
            images = images.expand(-1, -1, points, -1, -1, -1, -1).reshape(-1, image.shape[1], h, w)
            moved = F.grid_sample(images, grids.view(-1, h, w, 2), align_corners=True)
            parts.append(moved.view(b, d, points, -1, h, w))
        return torch.cat(parts, dim=3).flatten(2, 3).transpose(1, 2)


class Motion(nn.Module):
    def __init__(self, params, common):
        super().__init__()
        self.params, self.k = params, common["num_kp"]
        self.mask_embedding = Embedding(params["mask_embedding_params"], common, background=True)
        c = self.mask_embedding.channels
        self.group_blocks = nn.ModuleList(
            Block(c, c, "same", size=1, padding=0, groups=self.k + 1)
            for _ in range(params.get("num_group_blocks", 0))
        )
        out = (self.k + 1) * params["use_mask"] + 2 * params["use_correction"]
        self.hourglass = Hourglass(c, out, *sizes(params))

    def forward(self, source, kp_driving, kp_source):
        x = self.mask_embedding(scaled(source, self.params), kp_driving, kp_source)
        for block in self.group_blocks:
            x = F.leaky_relu(block(x), 0.2)
        out = self.hourglass(x)
        b, _, d, h, w = out.shape
        flow = make_grid(h, w, out).expand(b, d, h, w, 2)
        if self.params["use_mask"]:
            mask = F.softmax(out[:, : self.k + 1], dim=1).permute(0, 2, 1, 3, 4)[..., None]
            shift = kp_source["mean"] - kp_driving["mean"]
            shift = torch.cat([torch.zeros_like(shift[:, :, :1]), shift], dim=2)
            flow = flow + (mask * shift[:, :, :, None, None]).sum(2)
        if self.params["use_correction"]:
            flow = flow + out[:, -2:].permute(0, 2, 3, 4, 1)
        return torch.cat([flow, torch.zeros_like(flow[..., :1])], dim=-1)


class PlainGenerator(nn.Module):
    def __init__(self, params, common):
        super().__init__()
        self.mode, c = params.get("interpolation_mode", "nearest"), common["num_channels"]
        self.appearance_encoder = Encoder(c, *sizes(params))
        self.dense_motion_module = Motion(params["dense_motion_params"], common)
        self.told = Embedding(params["kp_embedding_params"], common)
        self.video_decoder = Decoder(c, *sizes(params), extra=self.told.channels)
        full = params["block_expansion"] + c + self.told.channels
        self.refinement_module = nn.Sequential()
        for i in range(params["num_refinement_blocks"]):
            self.refinement_module.add_module(f"r{i}", Residual(full))
        self.refinement_module.add_module("conv-last", conv(full, c, 1, padding=0))

    def warped(self, skip, flow):
        flow = F.interpolate(
            flow.permute(0, 4, 1, 2, 3), size=(flow.shape[1], *skip.shape[3:]), mode=self.mode
        )
        return F.grid_sample(skip, flow.permute(0, 2, 3, 4, 1), align_corners=True)

    def forward(self, source, *, kp_source, kp_driving):
        skips = self.appearance_encoder(source)
        flow = self.dense_motion_module(source, kp_driving, kp_source)
        told = self.told(source, kp_driving, kp_source)
        moved = [self.warped(skip, flow) for skip in skips]
        joined = [
            torch.cat([m, F.interpolate(told, size=m.shape[2:], mode=self.mode)], dim=1)
            for m in moved
        ]
        picture = torch.sigmoid(self.refinement_module(self.video_decoder(joined)))
        return {"prediction": picture, "deformed": moved[0], "deformation": flow}


class Judge(nn.Module):
    def __init__(self, a, b, *, norm):
        super().__init__()
        self.conv = conv(a, b, 4, padding=0)
        self.norm = nn.InstanceNorm3d(b, affine=True) if norm else None

    def forward(self, x):
        x = self.conv(x)
        x = x if self.norm is None else self.norm(x)
        return F.avg_pool3d(F.leaky_relu(x, 0.2), (1, 2, 2))


class PlainDiscriminator(nn.Module):
    def __init__(self, params, common):
        super().__init__()
        self.params, (be, n, mf) = params, sizes(params)
        self.told = Embedding(params["kp_embedding_params"], common)
        w = [common["num_channels"] + self.told.channels]
        w += [min(mf, be * 2**i) for i in range(1, n + 1)]
        self.down_blocks = nn.ModuleList(Judge(w[i], w[i + 1], norm=i > 0) for i in range(n))
        self.conv = conv(w[-1], 1, 1, padding=0)

    def forward(self, video, *, kp_driving, kp_source):
        out = [video]
        x = torch.cat([scaled(video, self.params), self.told(video, kp_driving, kp_source)], dim=1)
        for block in self.down_blocks:
            x = block(x)
            out.append(x)
        return [*out, self.conv(x)]


class PlainMonkeyNet(nn.Module):
    """The three networks of a configuration, with the published keys."""

    def __init__(self, config):
        super().__init__()
        common = {"num_channels": 3, **config["common_params"]}
        self.weights = config["loss_weights"]
        self.kp_detector = Detector(config["kp_detector_params"], common)
        self.generator = PlainGenerator(config["generator_params"], common)
        self.discriminator = PlainDiscriminator(config["discriminator_params"], common)

    def losses(self, source, driving):
        """Return the losses of generator and detector, and then the discriminator's."""
        kp = self.kp_detector(torch.cat([source, driving], dim=2))
        kp = {
            "kp_source": {key: value[:, :1] for key, value in kp.items()},
            "kp_driving": {key: value[:, 1:] for key, value in kp.items()},
        }
        out = self.generator(source, **kp)
        made, real = (self.discriminator(v, **kp) for v in (out["prediction"], driving))
        pairs = zip(self.weights["reconstruction"], made, real, strict=False)
        losses = [w * (a - b).abs().mean() for w, a, b in pairs]
        if self.weights.get("reconstruction_deformed"):
            error = (out["deformed"] - driving).abs().mean()
            losses.insert(0, self.weights["reconstruction_deformed"] * error)
        losses.append(self.weights["generator_gan"] * ((1 - made[-1]) ** 2).mean())
        yield losses
        kp = {role: {k: v.detach() for k, v in points.items()} for role, points in kp.items()}
        made = self.discriminator(out["prediction"].detach(), **kp)
        real = self.discriminator(driving, **kp)
        error = ((1 - real[-1]) ** 2 + made[-1] ** 2).mean()
        yield [self.weights["discriminator_gan"] * error]

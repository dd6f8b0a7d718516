"""Detector, dense motion and generator, sections 4 to 6 of the description."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from tests.benchmarks.plain.blocks import (
    AntiAliasDown,
    DownBlock,
    Hourglass,
    ResBlock,
    SameBlock,
    UpBlock,
    coordinate_grid,
    gaussian,
)
from tests.benchmarks.plain.discriminator import MultiScaleDiscriminator


class KPDetector(nn.Module):
    def __init__(
        self,
        block_expansion,
        num_kp,
        num_channels,
        max_features,
        num_blocks,
        temperature=0.1,
        estimate_jacobian=False,
        scale_factor=1,
        single_jacobian_map=False,
        pad=0,
    ):
        super().__init__()
        self.predictor = Hourglass(block_expansion, num_channels, num_blocks, max_features)
        features = self.predictor.out_features
        self.kp = nn.Conv2d(features, num_kp, 7, padding=pad)
        self.jacobian = None
        if estimate_jacobian:
            self.num_maps = 1 if single_jacobian_map else num_kp
            self.jacobian = nn.Conv2d(features, 4 * self.num_maps, 7, padding=pad)
            self.jacobian.weight.data.zero_()
            self.jacobian.bias.data.copy_(torch.tensor([1.0, 0.0, 0.0, 1.0] * self.num_maps))
        self.temperature = temperature
        self.scale_factor = scale_factor
        if scale_factor != 1:
            self.down = AntiAliasDown(num_channels, scale_factor)

    def forward(self, x):
        if self.scale_factor != 1:
            x = self.down(x)
        features = self.predictor(x)
        logits = self.kp(features)
        batch, num_kp, height, width = logits.shape
        heatmap = F.softmax(logits.view(batch, num_kp, -1) / self.temperature, dim=2)
        heatmap = heatmap.view(batch, num_kp, height, width)
        grid = coordinate_grid(height, width, like=heatmap)
        keypoints = {"value": (heatmap.unsqueeze(-1) * grid).sum(dim=(2, 3))}
        if self.jacobian is not None:
            maps = self.jacobian(features).view(batch, self.num_maps, 4, height, width)
            jacobian = (heatmap.unsqueeze(2) * maps).sum(dim=(3, 4))
            keypoints["jacobian"] = jacobian.view(batch, num_kp, 2, 2)
        return keypoints


class DenseMotion(nn.Module):
    def __init__(
        self,
        block_expansion,
        num_blocks,
        max_features,
        num_kp,
        num_channels,
        align_corners,
        estimate_occlusion_map=False,
        scale_factor=1,
        kp_variance=0.01,
    ):
        super().__init__()
        inputs = (num_kp + 1) * (num_channels + 1)
        self.hourglass = Hourglass(block_expansion, inputs, num_blocks, max_features)
        features = self.hourglass.out_features
        self.mask = nn.Conv2d(features, num_kp + 1, 7, padding=3)
        self.occlusion = nn.Conv2d(features, 1, 7, padding=3) if estimate_occlusion_map else None
        self.num_kp = num_kp
        self.scale_factor = scale_factor
        self.kp_variance = kp_variance
        self.align_corners = align_corners
        if scale_factor != 1:
            self.down = AntiAliasDown(num_channels, scale_factor)

    def heatmaps(self, source, kp_driving, kp_source):
        size = source.shape[2:]
        heatmap = gaussian(kp_driving["value"], size, self.kp_variance)
        heatmap = heatmap - gaussian(kp_source["value"], size, self.kp_variance)
        background = torch.zeros(len(source), 1, *size).to(heatmap)
        return torch.cat([background, heatmap], dim=1).unsqueeze(2)

    def sparse_motions(self, source, kp_driving, kp_source):
        batch, _, height, width = source.shape
        identity = coordinate_grid(height, width, like=kp_source["value"])
        identity = identity.view(1, 1, height, width, 2)
        offset = identity - kp_driving["value"].view(batch, self.num_kp, 1, 1, 2)
        if "jacobian" in kp_driving:
            matrix = torch.matmul(kp_source["jacobian"], torch.inverse(kp_driving["jacobian"]))
            matrix = matrix.view(batch, self.num_kp, 1, 1, 2, 2).repeat(1, 1, height, width, 1, 1)
            offset = torch.matmul(matrix, offset.unsqueeze(-1)).squeeze(-1)
        motions = offset + kp_source["value"].view(batch, self.num_kp, 1, 1, 2)
        return torch.cat([identity.repeat(batch, 1, 1, 1, 1), motions], dim=1)

    def warped_sources(self, source, motions):
        batch, channels, height, width = source.shape
        number = self.num_kp + 1
        copies = source.unsqueeze(1).repeat(1, number, 1, 1, 1)
        copies = copies.view(batch * number, channels, height, width)
        grids = motions.view(batch * number, height, width, 2)
        warped = F.grid_sample(copies, grids, align_corners=self.align_corners)
        return warped.view(batch, number, channels, height, width)

    def forward(self, source, kp_driving, kp_source):
        if self.scale_factor != 1:
            source = self.down(source)
        batch, _, height, width = source.shape
        heatmaps = self.heatmaps(source, kp_driving, kp_source)
        motions = self.sparse_motions(source, kp_driving, kp_source)
        warped = self.warped_sources(source, motions)
        features = self.hourglass(
            torch.cat([heatmaps, warped], dim=2).view(batch, -1, height, width)
        )
        mask = F.softmax(self.mask(features), dim=1)
        deformation = (motions.permute(0, 1, 4, 2, 3) * mask.unsqueeze(2)).sum(dim=1)
        output = {
            "sparse_deformed": warped,
            "mask": mask,
            "deformation": deformation.permute(0, 2, 3, 1),
        }
        if self.occlusion is not None:
            output["occlusion_map"] = torch.sigmoid(self.occlusion(features))
        return output


class Generator(nn.Module):
    def __init__(
        self,
        num_channels,
        num_kp,
        block_expansion,
        max_features,
        num_down_blocks,
        num_bottleneck_blocks,
        align_corners,
        estimate_occlusion_map=False,
        dense_motion_params=None,
    ):
        super().__init__()
        self.align_corners = align_corners
        self.dense_motion_network = None
        if dense_motion_params is not None:
            self.dense_motion_network = DenseMotion(
                num_kp=num_kp,
                num_channels=num_channels,
                align_corners=align_corners,
                estimate_occlusion_map=estimate_occlusion_map,
                **dense_motion_params,
            )
        self.first = SameBlock(num_channels, block_expansion, 7, 3)
        width = [min(max_features, block_expansion * 2**i) for i in range(num_down_blocks + 1)]
        down = [DownBlock(width[i], width[i + 1]) for i in range(num_down_blocks)]
        self.down_blocks = nn.ModuleList(down)
        up = [UpBlock(width[i + 1], width[i]) for i in reversed(range(num_down_blocks))]
        self.up_blocks = nn.ModuleList(up)
        self.bottleneck = nn.Sequential()
        for i in range(num_bottleneck_blocks):
            self.bottleneck.add_module(f"r{i}", ResBlock(width[-1]))
        self.final = nn.Conv2d(block_expansion, num_channels, 7, padding=3)

    def deform(self, image, deformation):
        if image.shape[2:] != deformation.shape[1:3]:
            deformation = deformation.permute(0, 3, 1, 2)
            deformation = F.interpolate(deformation, size=image.shape[2:], mode="bilinear")
            deformation = deformation.permute(0, 2, 3, 1)
        return F.grid_sample(image, deformation, align_corners=self.align_corners)

    def forward(self, source, kp_driving, kp_source):
        out = self.first(source)
        for block in self.down_blocks:
            out = block(out)
        output = {}
        if self.dense_motion_network is not None:
            output = self.dense_motion_network(source, kp_driving, kp_source)
            out = self.deform(out, output["deformation"])
            if "occlusion_map" in output:
                occlusion = output["occlusion_map"]
                if occlusion.shape[2:] != out.shape[2:]:
                    occlusion = F.interpolate(occlusion, size=out.shape[2:], mode="bilinear")
                out = out * occlusion
            output["deformed"] = self.deform(source, output["deformation"])
        out = self.bottleneck(out)
        for block in self.up_blocks:
            out = block(out)
        output["prediction"] = torch.sigmoid(self.final(out))
        return output


class PlainFOMM(nn.Module):
    """The three networks, built from the nesting of the published configuration files."""

    def __init__(self, config, align_corners=True):
        super().__init__()
        common = dict(config["common_params"])
        jacobian = common.pop("estimate_jacobian", False)
        self.kp_detector = KPDetector(
            estimate_jacobian=jacobian, **common, **config["kp_detector_params"]
        )
        self.generator = Generator(
            align_corners=align_corners, **common, **config["generator_params"]
        )
        self.discriminator = None
        if config.get("discriminator_params"):
            self.discriminator = MultiScaleDiscriminator(**common, **config["discriminator_params"])
